"""Invented people, and what happened with them. Days are counted back from the day on which the app is filled."""

from __future__ import annotations

from typing import Any, NamedTuple

from activitylog import Attachment
from activitylog.standard import AccountCreated, MailReceived, MailSent

OWN_ADDRESS = "hello@kontor.example"

PASSWORDS = {"lea": "lea-north", "tom": "tom-south", "ida": "ida-both", "nora": "nora-admin"}
USERS = {
    "lea": ("Lea Müller", ["north"]),
    "tom": ("Tom Ernst", ["south"]),
    "ida": ("Ida Brandt", ["north", "south"]),
    "nora": ("Nora Vogt", ["north", "south"]),
}
ADMINISTRATORS = ("nora",)

COMPANIES = [
    ("ACME Werkzeuge", "Bonn"),
    ("Hafenküche", "Hamburg"),
    ("Studio Sieben", "Leipzig"),
    ("Gärtnerei Lindner", "Freiburg"),
    ("Buchladen am Markt", "Ulm"),
]
CONTACTS = [  # name, company, team, city
    ("Kim Weber", 1, "north", "Bonn"),
    ("Jo Klein", 1, "south", "Köln"),
    ("Mara Petersen", 2, "north", "Hamburg"),
    ("Finn Hansen", 2, "north", "Kiel"),
    ("Alma Richter", 3, "north", "Leipzig"),
    ("Emil Sommer", 3, "south", "Dresden"),
    ("Rosa Lindner", 4, "south", "Freiburg"),
    ("Paul Lindner", 4, "south", "Freiburg"),
    ("Clara Vogel", 5, "south", "Ulm"),
    ("Oskar Neumann", 5, "south", "Augsburg"),
    ("Hanna Wolf", None, "north", "Bremen"),
    ("Leo Schubert", None, "south", "München"),
]


class Event(NamedTuple):
    """What happened, so many days ago; `by` is a user's login, `contact` or `system`."""

    days: int
    time: str
    by: str
    what: Any
    title: str = ""
    note: str = ""
    more: dict[str, Any] | None = None


def received(days: int, time: str, subject: str, text: str) -> Event:
    return Event(days, time, "contact", MailReceived(subject=subject, snippet=text), subject, text)


def sent(days: int, time: str, by: str, subject: str, text: str) -> Event:
    return Event(days, time, by, MailSent(subject=subject, snippet=text), subject, text, {"status": "delivered"})


OFFER = Attachment(b"%PDF-1.4\n% an offer\n" + b" " * 48_000, name="Offer 2 - workshop tables.pdf")
PLAN = Attachment(b"\x89PNG\r\n" + b" " * 120_000, name="floor plan.png")

MOVED = {"city": ("Ulm", "Bonn"), "phone": ("0731 55501", "0228 55501")}
WON = {"status": "won"}

FIRST_CONTACT: list[Event] = [
    Event(1, "16:40", "lea", "call", "Delivery on Thursday", "The lift is free from 9 to 11. Kim opens the yard gate."),
    Event(1, "11:05", "lea", "task", "Confirm the lift with the carrier", more={"assignee": "ida", "due": 2}),
    received(2, "08:52", "Re: Your order", "Good morning, Thursday suits us well. Could the van come before eleven?"),
    sent(3, "15:20", "lea", "Your order", "The tables are ready. Is Thursday all right for the delivery?"),
    Event(6, "10:31", "lea", "call", "Nobody picked up"),
    Event(6, "10:18", "lea", "call", "Line busy"),
    Event(6, "10:02", "lea", "call", "Nobody picked up"),
    Event(9, "09:15", "lea", "contact.changed", more={"changes": MOVED}),
    Event(
        14, "13:30", "ida", "meeting", "Visit at the workshop", "Measured the hall together.", {"attachments": [PLAN]}
    ),
    Event(20, "17:02", "lea", "offer", "Twelve workshop tables", "With assembly.", {"attachments": [OFFER], **WON}),
    received(24, "12:11", "Question about the tables", "Do they come in 90 cm height, too? Two of us are rather tall."),
    Event(
        31, "09:40", "ida", "note", note="Prefers the phone in the morning; never on Mondays.", more={"pinned": True}
    ),
    Event(45, "10:00", "lea", "complaint", "A drawer jams", "The lower left one of the bench.", {"status": "done"}),
    Event(46, "08:20", "contact", AccountCreated(login="kim.weber")),
    sent(60, "14:45", "lea", "Your spring order", "Thank you. The invoice is attached."),
]
"""What the first contact's timeline shows; before it there are the events of all others, month by month."""

EACH_MONTH: list[Event] = [
    Event(3, "10:12", "team", "call", "How it went", "All is in place. They think about a second set in autumn."),
    received(8, "09:33", "Opening hours", "Are you there on Saturday? We would like to see the samples."),
    sent(7, "11:50", "team", "Re: Opening hours", "Yes, from nine to two. I have put the samples aside."),
    Event(15, "14:00", "team", "visit", "On the way through", "Showed the new lamps; the small one is liked."),
    Event(19, "16:25", "team", "note", "", "Has a new colleague for purchases from next month."),
    Event(25, "13:10", "system", "mailbox.used"),
]
INVOICES = [  # contact, days ago, for what, total, paid after so many days
    (1, 8, "Twelve workshop tables", "4680.00", None),
    (1, 58, "Bench with drawers", "890.00", 12),
    (3, 12, "Lamps for the dining room", "1240.50", None),
    (6, 20, "Drawing table", "615.00", 6),
    (9, 30, "Shelves, two metres", "2310.00", 14),
]
