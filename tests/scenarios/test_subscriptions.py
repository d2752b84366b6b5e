"""Section 5 of the scenarios: the account of a subscription."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from activitylog import ActivityLog, Actor, Draft, Ref, scope
from activitylog.errors import TransitionNotAllowed
from activitylog.standard import InvoiceCreated, SubscriptionCreated
from scenarios.conftest import LEA, TOM

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.scenario("5.1")
def test_whatever_is_created_under_any_tab_is_in_the_overview(make_log: Callable[..., ActivityLog], acme: Ref):
    log = make_log(parents=lambda refs: {ref: [acme] for ref in refs if ref.kind in ("subscription", "invoice")})
    log.record(SubscriptionCreated(plan="Gold"), Ref("subscription", 1))
    log.record(InvoiceCreated(number="17", total=Decimal(90)), Ref("invoice", 17))
    log.record("note", acme, note="Friendly")
    with scope(language="de"):
        told = [a.summary for a in log.timeline(acme).oldest_first()]
    assert told == ["Abonnement Gold angelegt", "Rechnung 17 erstellt", "Notiz"]


@pytest.mark.scenario("5.2")
def test_an_entry_unfolds_to_its_details_and_a_group_unfolds_together(log: ActivityLog, acme: Ref):
    log.record_many(
        [
            Draft(InvoiceCreated(number=str(n)), acme, occurred_at=NOON + timedelta(minutes=n), actor=LEA)
            for n in range(5)
        ]
    )
    log.record("note", acme, occurred_at=NOON + timedelta(minutes=9))
    log.record(InvoiceCreated(number="9"), acme, occurred_at=NOON + timedelta(minutes=10), actor=LEA)
    page = log.timeline(acme).folded(timedelta(minutes=2)).page(limit=2)
    assert [(fold.first.type, fold.count) for fold in page] == [("invoice.created", 1), ("note", 1)]
    [group] = log.timeline(acme).folded(timedelta(minutes=2)).page(limit=2, after=page.next)
    assert [a.data.number for a in group.activities] == ["4", "3", "2", "1", "0"]
    assert [a["data"]["number"] for a in group.to_dict()["activities"]] == ["4", "3", "2", "1", "0"]


@pytest.mark.scenario("5.3")
def test_the_actor_is_shown_and_for_whom(log: ActivityLog, acme: Ref, kim: Ref):
    customer = Actor.customer(kim)
    for actor in (LEA, Actor.system("billing run"), customer, LEA.on_behalf_of(customer)):
        with scope(actor=actor):
            log.record("note", acme)
    shown = [(a.actor.kind, a.actor.label, a.actor.behalf) for a in log.timeline(acme).oldest_first()]
    assert shown == [
        ("user", "Lea Müller", None),
        ("system", "billing run", None),
        ("customer", "Kim Weber", None),
        ("user", "Lea Müller", kim),
    ]
    assert log.timeline(acme).filter(on_behalf_of=kim).count() == 1


@pytest.mark.scenario("5.4")
def test_a_change_shows_field_by_field_what_was_there(log: ActivityLog, acme: Ref):
    before = {"address": {"street": "Am Markt 1", "city": "Ulm"}, "name": "ACME"}
    changed = log.record_change(
        acme, before=before, after={**before, "address": {"street": "Am Markt 1", "city": "Bonn"}}
    )
    assert [(c.field, c.old, c.new) for c in changed.changes] == [("address.city", "Ulm", "Bonn")]
    assert log.record_change(acme, before=before, after=before) is None


@pytest.mark.scenario("5.5")
def test_the_status_history_of_an_account_and_its_status_at_any_moment(make_log: Callable[..., ActivityLog], acme: Ref):
    log = make_log(clock=lambda: NOON + timedelta(days=30))
    steps = [("blocked", LEA, "unpaid"), ("deactivated", TOM, "left"), ("active", LEA, "is back")]
    for day, (status, actor, why) in enumerate(steps):
        with scope(actor=actor):
            log.subjects.set_status(acme, "account.status", status, at=NOON + timedelta(days=day), comment=why)
    at = [log.subjects.status(acme, "account.status", at=NOON + timedelta(days=d, hours=1)) for d in (-1, 0, 1, 2)]
    assert at == ["active", "blocked", "deactivated", "active"]
    assert log.subjects.status(acme, "account.status") == "active"
    with scope(language="de"):
        told = [(a.actor, a.summary, a.note) for a in log.timeline(acme).oldest_first()]
    assert told == [
        (LEA, "Konto: Gesperrt", "unpaid"),
        (TOM, "Konto: Deaktiviert", "left"),
        (LEA, "Konto: Aktiv", "is back"),
    ]
    log.subjects.set_status(acme, "account.status", "deactivated")
    with pytest.raises(TransitionNotAllowed) as refused:
        log.subjects.set_status(acme, "account.status", "blocked")
    assert refused.value.allowed == ("active",)
