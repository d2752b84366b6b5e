"""What people write themselves: notes, calls, tasks, and the documents of a customer file."""

from __future__ import annotations

from typing import Final

from activitylog.statuses import Status
from activitylog.types import TypeRegistry

__all__ = ["manual_types"]

manual_types: Final = TypeRegistry()
"""Single nouns; all can be edited and deleted."""

_OPEN: Final = Status({"en": "Open", "de": "Offen"})
_DONE: Final = Status({"en": "Done", "de": "Erledigt"}, final=True)
_SALES: Final = {
    "open": _OPEN,
    "won": Status({"en": "Won", "de": "Gewonnen"}, final=True),
    "lost": Status({"en": "Lost", "de": "Verloren"}, final=True),
    "discontinued": Status({"en": "Discontinued", "de": "Eingestellt"}, final=True),
}

manual_types.define(
    "note",
    category="communication",
    icon="sticky-note",
    manual=True,
    label={"en": "Note", "de": "Notiz"},
)
manual_types.define(
    "call",
    category="communication",
    channel="phone",
    icon="phone",
    manual=True,
    label={"en": "Phone call", "de": "Telefonat"},
)
manual_types.define(
    "meeting",
    category="communication",
    channel="in_person",
    icon="users",
    manual=True,
    planned=True,
    label={"en": "Meeting", "de": "Besprechung"},
)
manual_types.define(
    "visit",
    category="communication",
    channel="in_person",
    icon="map-pin",
    manual=True,
    planned=True,
    label={"en": "Visit report", "de": "Besuchsbericht"},
)
manual_types.define(
    "consultation",
    category="communication",
    icon="message-circle-question",
    manual=True,
    label={"en": "Consultation", "de": "Beratung"},
)
manual_types.define(
    "complaint",
    category="communication",
    direction="incoming",
    icon="message-circle-warning",
    manual=True,
    statuses={"open": _OPEN, "done": _DONE},
    label={"en": "Complaint", "de": "Beschwerde"},
)
manual_types.define(
    "letter",
    category="communication",
    channel="post",
    icon="mailbox",
    manual=True,
    label={"en": "Letter", "de": "Brief"},
)
manual_types.define(
    "task",
    category="task",
    icon="square-check",
    manual=True,
    planned=True,
    statuses={"open": _OPEN, "done": _DONE},
    label={"en": "Task", "de": "Aufgabe"},
)
manual_types.define(
    "contract",
    category="contract",
    icon="file-signature",
    manual=True,
    statuses={
        "draft": Status({"en": "Draft", "de": "Entwurf"}),
        "active": Status({"en": "Active", "de": "Aktiv"}),
        "ended": Status({"en": "Ended", "de": "Beendet"}, final=True),
    },
    label={"en": "Contract", "de": "Vertrag"},
)
manual_types.define(
    "offer",
    category="sales",
    icon="file-pen",
    manual=True,
    statuses=_SALES,
    label={"en": "Offer", "de": "Angebot"},
)
manual_types.define(
    "order",
    category="sales",
    icon="shopping-cart",
    manual=True,
    statuses=_SALES,
    label={"en": "Order", "de": "Auftrag"},
)
manual_types.define(
    "delivery_note",
    category="sales",
    icon="truck",
    manual=True,
    label={"en": "Delivery note", "de": "Lieferschein"},
)
manual_types.define(
    "invoice",
    category="sales",
    icon="receipt",
    manual=True,
    label={"en": "Invoice", "de": "Rechnung"},
)
manual_types.define(
    "credit_note",
    category="sales",
    icon="receipt-text",
    manual=True,
    label={"en": "Credit note", "de": "Gutschrift"},
)
manual_types.define(
    "project",
    category="project",
    icon="folder-kanban",
    manual=True,
    planned=True,
    statuses={
        "open": _OPEN,
        "planned": Status({"en": "Planned", "de": "Geplant"}),
        "in_progress": Status({"en": "In progress", "de": "In Arbeit"}),
        "done": _DONE,
    },
    label={"en": "Project", "de": "Projekt"},
)
