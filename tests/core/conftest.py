"""A log on each store, with the types and people of the design's example."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from attrs import frozen

from activitylog import ActivityLog, Actor, Ref, Status, TypeRegistry
from activitylog.storage import Capability


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


@pytest.fixture
def make_log(store_url: str, types: TypeRegistry) -> Iterator[Callable[..., ActivityLog]]:
    made: list[ActivityLog] = []

    def make(**options: Any) -> ActivityLog:
        log = ActivityLog(store_url, **{"types": types, "actor": Actor.user(3, "Lea Müller"), **options})
        made.append(log)
        return log

    yield make
    for log in made:
        log.close()


@pytest.fixture
def log(make_log: Callable[..., ActivityLog]) -> ActivityLog:
    return make_log()


@pytest.fixture
def transactional_log(log: ActivityLog) -> ActivityLog:
    """The log, on a store that declares transactions."""
    if Capability.TRANSACTIONS not in log.storage.capabilities:
        pytest.skip("the store does not declare transactions")
    return log


@pytest.fixture
def kim() -> Ref:
    return Ref("contact", 42, "Kim Weber")


@pytest.fixture
def acme() -> Ref:
    return Ref("company", 7, "ACME")
