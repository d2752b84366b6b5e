"""A support desk: chats, mails and tickets by themselves, teams, permissions, metrics. Section 4 of docs/scenarios.md.

python examples/support_desk.py [store URL] [language]
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from attrs import frozen
from blinker import signal

from activitylog import ActivityLog, Actor, Draft, Ref, Tracked, TypeRegistry, Viewer, errors, scope, standard
from activitylog.mail import draft_from
from activitylog.standard import ChatReceived, ChatSent, TicketOpened, WidgetSubmitted
from showing import check, default_store, heading, refused, show

OWN = "support@example.com"
LEA, TOM = Actor.user(3, "Lea Müller"), Actor.user(4, "Tom Ernst")
BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
chatted, ticket_opened, widget_sent, mail_arrived = map(signal, ("chat", "ticket", "widget", "mail"))

types = TypeRegistry(standard.types)
for name in ("mail.received", "mail.sent", "mail.bounced"):
    types.override(name, permission="mail.read")


@frozen
class Customer(Tracked):
    """A customer as the host has one."""

    id: int
    name: str

    def __activity_ref__(self) -> Ref:
        return Ref("customer", self.id, self.name)


by_address: dict[str, Customer] = {}


def found_or_new(address: str, name: str) -> Customer:
    return by_address.setdefault(address, Customer(len(by_address) + 1, name))


def main(store: str = "", language: str = "de") -> None:
    kim = found_or_new("kim@example.net", "Kim Weber")
    tenant, now = f"support desk {uuid4().hex[:8]}", BEGIN + timedelta(days=3)  # each run is a tenant of its own
    url = store or default_store("support_desk")
    log = ActivityLog(url, types=types, tenant=tenant, language=language, clock=lambda: now)
    what_the_host_signals_is_recorded(log)
    with scope(log=log):
        a_week_at_the_desk(kim)
        heading("Kim's history, as Tom of the service team sees it")
        tom = log.visible_to(Viewer([TOM, "team:service"]))
        show(tom.timeline(kim))
        heading("What holds")
        check_events(log, kim)
        check_teams_and_permissions(log, tom, kim)
        check_pages_and_metrics(log, kim)
    log.close()


def what_the_host_signals_is_recorded(log: ActivityLog) -> None:
    @log.on(chatted)
    def chat(sender: object, who: Customer, text: str, at: datetime, by: Actor | None = None) -> Draft:
        data = ChatSent(text=text) if by else ChatReceived(text=text)
        return Draft(data, who, actor=by or Actor.customer(Ref.of(who)), occurred_at=at, conversation=f"chat:{who.id}")

    @log.on(ticket_opened)
    def ticket(sender: object, who: Customer, number: str) -> Draft:
        return Draft(TicketOpened(number=number), who, source=Ref("ticket", number), occurred_at=BEGIN)

    @log.on(widget_sent)
    def widget(sender: object, who: Customer) -> Draft:
        return Draft(WidgetSubmitted(), who, actor=Actor.customer(Ref.of(who)), occurred_at=BEGIN)

    @log.on(mail_arrived)
    def mail(sender: object, message: bytes) -> Draft:
        return draft_from(message, own=OWN, contact=found_or_new)


def message(sender: str, to: str, number: int, text: str) -> bytes:
    date = f"Date: Mon, 2 Mar 2026 1{number}:00:00 +0100\nMessage-ID: <{number}@example.com>"
    return f"From: {sender}\nTo: {to}\nSubject: Bestellung 7\n{date}\n\n{text}\n".encode()


def a_week_at_the_desk(kim: Customer) -> None:
    with scope(actor=TOM, team="service"):
        for day, wait in enumerate((10, 30, 50)):
            at = BEGIN + timedelta(days=day)
            chatted.send(who=kim, text="Wo bleibt meine Bestellung?", at=at)
            chatted.send(who=kim, text="Sie kommt morgen.", at=at + timedelta(minutes=wait), by=TOM)
        ticket_opened.send(who=kim, number="T-1")
        widget_sent.send(who=kim)
        for _ in range(2):  # the same message in two mailboxes
            mail_arrived.send(message=message("Kim Weber <kim@example.net>", OWN, 1, "Ich warte noch."))
        mail_arrived.send(message=message("Jo Klein <jo@example.net>", OWN, 2, "Guten Tag"))
        mail_arrived.send(message=message(OWN, "kim@example.net", 3, "Sie ist unterwegs."))
    with scope(actor=LEA, team="sales"):
        kim.record_activity("call", note="Möchte ein Angebot", occurred_at=BEGIN)


def check_events(log: ActivityLog, kim: Customer) -> None:
    seen = {entry.channel or entry.category for entry in kim.timeline()}
    check("4.1 what happens becomes an activity by itself", {"chat", "email", "ticket", "widget"} <= seen)
    mails = kim.timeline().filter(types="mail.received")
    check("4.2 a mail finds its contact; twice the same is one", [one.title for one in mails] == ["Bestellung 7"])
    new = by_address.get("jo@example.net")
    check("4.3 who is unknown is created, and has the entry", new is not None and new.timeline().count() == 1)
    check("4.4 the host's class has its own timeline", kim.timeline().filter(types="call").count() == 1)


def check_teams_and_permissions(log: ActivityLog, tom: ActivityLog, kim: Customer) -> None:
    call = kim.timeline().filter(types="call").first()
    unseen = not tom.timeline(kim).filter(search="angebot").exists()
    check(
        "4.5 what sales did, service does not see", unseen and refused(errors.ActivityNotFound, lambda: tom.get(call))
    )
    [seen] = tom.timeline(kim).filter(types="mail.received")
    reader = log.visible_to(Viewer([TOM, "team:service"], permissions=["mail.read"]))
    blank = seen.redacted and not seen.title and reader.get(seen).title == "Bestellung 7"
    check("4.6 without the permission a mail shows that there was one, not what it said", blank)


def check_pages_and_metrics(log: ActivityLog, kim: Customer) -> None:
    timeline = log.timeline(kim)
    first = timeline.page(limit=10)
    with scope(actor=TOM):
        kim.record_activity("note", note="gerade eben")
    rest, arrived = timeline.page(limit=10, after=first.next), timeline.arrived(after=first.mark)
    by_tom = timeline.filter(types="chat.sent", actor=TOM, team="service", since=BEGIN + timedelta(days=1))
    stable = (len(first), len(rest)) == (10, 1) and [entry.note for entry in arrived] == ["gerade eben"]
    filtered = by_tom.count() == 2 and timeline.filter(search="warte").count() == 1
    check("4.7 ten a page, stable while new ones arrive, filtered, searched, and what is new", stable and filtered)

    desk, contact = log.everything().metrics(tz="Europe/Berlin"), timeline.metrics()
    [times] = desk.response_times()
    answered = {row.key: row.answered for row in desk.response_times("team")}
    volume = sum(row.count for row in desk.volume("day", "channel")) == log.everything().count()
    response = (times.median, answered["service"]) == (timedelta(minutes=30), 3)
    relation = contact.preferred_channel() == "chat" and contact.engagement().score > 0
    check("4.8 volume, channels, response times, trend, engagement", volume and response and relation)


if __name__ == "__main__":
    main(*sys.argv[1:])
