"""A log on each store, with the types and people of the design's example."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import frozen

from activitylog import Status, TypeRegistry


@frozen
class InvoiceIssued:
    number: str
    total: Decimal


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry()
    registry.activity(
        "invoice.issued",
        category="billing",
        label={"en": "Invoice issued", "de": "Rechnung erstellt"},
        summary={"en": "Invoice {number} issued", "de": "Rechnung {number} erstellt"},
    )(InvoiceIssued)
    registry.define(
        "call",
        category="communication",
        channel="phone",
        manual=True,
        label={"en": "Phone call", "de": "Telefonat"},
        field_labels={"minutes": {"en": "Minutes", "de": "Minuten"}},
    )
    registry.define("task", category="task", manual=True, statuses=("open", "waiting", "done"))
    registry.define("visit", manual=True, planned=True)
    registry.define(
        "mail",
        statuses={
            "draft": Status({"en": "Draft", "de": "Entwurf"}, to="queued"),
            "queued": Status("Queued", to=("sent", "failed")),
            "sent": Status("Sent", final=True),
            "failed": Status("Failed", to="queued", final=True),
        },
    )
    return registry
