"""What can happen: the standard types, and those of the CRMs."""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen

from activitylog import Status, TypeRegistry, standard

types = TypeRegistry(standard.types)

FIELDS = {
    "name": {"en": "Name", "de": "Name"},
    "email": {"en": "E-mail", "de": "E-Mail"},
    "phone": {"en": "Phone", "de": "Telefon"},
    "city": {"en": "City", "de": "Ort"},
    "company": {"en": "Company", "de": "Firma"},
    "team": {"en": "Team", "de": "Team"},
}

types.define(
    "contact.created",
    category="change",
    icon="user-plus",
    label={"en": "Contact created", "de": "Kontakt angelegt"},
    field_labels=FIELDS,
)
types.define(
    "contact.changed",
    category="change",
    icon="pencil",
    label={"en": "Contact changed", "de": "Kontakt geändert"},
    field_labels=FIELDS,
)
types.define(
    "contact.deleted",
    category="change",
    icon="trash",
    label={"en": "Contact deleted", "de": "Kontakt gelöscht"},
    field_labels=FIELDS,
)


@types.activity(
    "invoice.issued",
    category="billing",
    icon="receipt",
    label={"en": "Invoice issued", "de": "Rechnung gestellt"},
    summary={"en": "Invoice {number} issued", "de": "Rechnung {number} gestellt"},
    statuses={
        "open": Status({"en": "Open", "de": "Offen"}),
        "paid": Status({"en": "Paid", "de": "Bezahlt"}, final=True),
    },
)
@frozen
class InvoiceIssued:
    number: str
    total: Decimal
    currency: str = "EUR"
