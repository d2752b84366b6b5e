"""What a host's sales and booking systems report by themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from attrs import frozen

from activitylog.types import TypeRegistry

__all__ = [
    "BookingCancelled",
    "BookingMade",
    "CreditNoteIssued",
    "InvoiceCreated",
    "InvoicePaid",
    "InvoiceSent",
    "OrderPlaced",
    "StayEnded",
    "sales_types",
]

sales_types: Final = TypeRegistry()
"""``booking.*``, ``stay.*``, ``order.*``, ``invoice.*``, ``credit_note.*``."""


@sales_types.activity(
    "booking.made",
    category="booking",
    icon="calendar-plus",
    label={"en": "Booking made", "de": "Buchung angelegt"},
    summary={"en": "Booking {number} made", "de": "Buchung {number} angelegt"},
)
@frozen(kw_only=True)
class BookingMade:
    """A booking, with its stay where there is one."""

    number: str
    arrival: date | None = None
    departure: date | None = None
    guests: int | None = None


@sales_types.activity(
    "booking.cancelled",
    category="booking",
    icon="calendar-x",
    label={"en": "Booking cancelled", "de": "Buchung storniert"},
    summary={"en": "Booking {number} cancelled", "de": "Buchung {number} storniert"},
)
@frozen(kw_only=True)
class BookingCancelled:
    """A booking was called off; ``reason`` as it was given."""

    number: str
    reason: str = ""


@sales_types.activity(
    "stay.ended",
    category="booking",
    icon="bed",
    label={"en": "Stay", "de": "Aufenthalt"},
    summary={"en": "Stay from {arrival} to {departure}", "de": "Aufenthalt vom {arrival} bis {departure}"},
)
@frozen(kw_only=True)
class StayEnded:
    """A guest's stay, when it is over."""

    arrival: date
    departure: date
    booking: str = ""
    room: str = ""


@sales_types.activity(
    "order.placed",
    category="sales",
    icon="shopping-cart",
    label={"en": "Order placed", "de": "Bestellung eingegangen"},
    summary={"en": "Order {number} placed", "de": "Bestellung {number} eingegangen"},
)
@frozen(kw_only=True)
class OrderPlaced:
    """An order came in."""

    number: str
    total: Decimal | None = None
    currency: str = ""


@sales_types.activity(
    "invoice.created",
    category="billing",
    icon="receipt",
    label={"en": "Invoice created", "de": "Rechnung erstellt"},
    summary={"en": "Invoice {number} created", "de": "Rechnung {number} erstellt"},
)
@frozen(kw_only=True)
class InvoiceCreated:
    """An invoice was made."""

    number: str
    total: Decimal | None = None
    currency: str = ""


@sales_types.activity(
    "invoice.sent",
    category="billing",
    icon="send",
    direction="outgoing",
    label={"en": "Invoice sent", "de": "Rechnung versendet"},
    summary={"en": "Invoice {number} sent", "de": "Rechnung {number} versendet"},
)
@frozen(kw_only=True)
class InvoiceSent:
    """An invoice went out."""

    number: str


@sales_types.activity(
    "invoice.paid",
    category="billing",
    icon="banknote",
    label={"en": "Invoice paid", "de": "Rechnung bezahlt"},
    summary={"en": "Invoice {number} paid", "de": "Rechnung {number} bezahlt"},
)
@frozen(kw_only=True)
class InvoicePaid:
    """An invoice was paid, wholly or in part."""

    number: str
    amount: Decimal | None = None
    currency: str = ""


@sales_types.activity(
    "credit_note.issued",
    category="billing",
    icon="receipt-text",
    label={"en": "Credit note issued", "de": "Gutschrift erstellt"},
    summary={"en": "Credit note {number} issued", "de": "Gutschrift {number} erstellt"},
)
@frozen(kw_only=True)
class CreditNoteIssued:
    """A credit note was made, perhaps for an invoice."""

    number: str
    total: Decimal | None = None
    currency: str = ""
    invoice: str = ""
