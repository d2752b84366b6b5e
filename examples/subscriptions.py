"""A subscription account: who did what, and what changed. Section 5 of docs/scenarios.md.

python examples/subscriptions.py [store URL] [language]
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from activitylog import ActivityLog, Actor, Draft, Ref, Status, TypeRegistry, errors, scope, standard
from activitylog.standard import InvoiceCreated, SubscriptionCreated
from showing import check, default_store, heading, refused, show

ACCOUNT, GOLD = Ref("account", "A-7", "Familie Weber"), Ref("subscription", 1, "Gold")
SUPPORT, CUSTOMER, BILLING = Actor.user(3, "Lea Müller"), Actor.customer(42, "Kim Weber"), Actor.system("billing run")
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

types = TypeRegistry(standard.types)
types.define(
    "account.status",
    category="account",
    of_subject=True,
    statuses={
        "active": Status({"en": "active", "de": "aktiv"}, to=("blocked", "deactivated")),
        "blocked": Status({"en": "blocked", "de": "gesperrt"}, to=("active", "deactivated")),
        "deactivated": Status({"en": "deactivated", "de": "deaktiviert"}, to="active"),
    },
    label={"en": "Account status", "de": "Kontostatus"},
    summary={"en": "Account {status}", "de": "Konto {status}"},
)


def main(store: str = "", language: str = "de") -> None:
    log = ActivityLog(
        store or default_store("subscriptions"),
        types=types,
        tenant=f"subscriptions {uuid4().hex[:8]}",  # each run is a tenant of its own
        language=language,
        parents=lambda refs: {ref: [ACCOUNT] for ref in refs if ref.kind in ("subscription", "invoice")},
    )
    what_happened(log)
    heading(f"{ACCOUNT.label}: overview, groups folded")
    for fold in log.timeline(ACCOUNT).folded(timedelta(days=31)):
        show([fold.first])
        print(f"  {'':46}  (+ {fold.count - 1})\n" if fold.count > 1 else "", end="")
    heading("What holds")
    check_overview(log)
    check_actors_and_changes(log)
    check_status(log)
    log.close()


def what_happened(log: ActivityLog) -> None:
    with scope(actor=CUSTOMER):
        log.record(SubscriptionCreated(plan="Gold", price=Decimal("9.90")), GOLD, occurred_at=BEGIN)
    with scope(actor=BILLING):
        log.record_many(
            [
                Draft(InvoiceCreated(number=f"2026-{month}"), ACCOUNT, occurred_at=BEGIN + month * 30 * DAY)
                for month in (1, 2, 3)
            ]
        )
    old = {"delivery address": {"street": "Am Markt 1", "city": "Ulm"}, "name": "Weber"}
    new = {"delivery address": {"street": "Am Rhein 2", "city": "Bonn"}, "name": "Weber"}
    with scope(actor=SUPPORT.on_behalf_of(CUSTOMER)):
        log.record_change(ACCOUNT, before=old, after=new, occurred_at=BEGIN + 100 * DAY)
    steps = ((BILLING, "blocked", "Zahlung offen"), (CUSTOMER, "deactivated", "Umzug"), (SUPPORT, "active", "zurück"))
    for number, (actor, status, why) in enumerate(steps):
        with scope(actor=actor):
            at = BEGIN + (110 + 10 * number) * DAY
            log.subjects.set_status(ACCOUNT, "account.status", status, at=at, comment=why)


def check_overview(log: ActivityLog) -> None:
    timeline = log.timeline(ACCOUNT)
    check(
        "5.1 what is created under any tab is in the overview",
        timeline.count() == 8 and timeline.filter(types=SubscriptionCreated).exists(),
    )
    folds = timeline.folded(timedelta(days=31)).page(limit=10)
    invoices = next(fold for fold in folds if fold.count > 1)
    numbers = [activity.data.number for activity in invoices.activities]
    check("5.2 an entry unfolds to its details, a group together", numbers == ["2026-3", "2026-2", "2026-1"])


def check_actors_and_changes(log: ActivityLog) -> None:
    actors = [activity.actor for activity in log.timeline(ACCOUNT) if activity.actor]
    kinds = {actor.kind for actor in actors}
    behalves = [actor.behalf.label for actor in actors if actor.behalf]
    check(
        "5.3 the actor is shown: supporter, system, customer, and one for another",
        kinds == {"user", "system", "customer"} and behalves == ["Kim Weber"],
    )
    changed = log.timeline(ACCOUNT).filter(types="record.changed").first()
    shown = {change.field: (change.old, change.new) for change in changed.changes} if changed else {}
    check(
        "5.4 a change shows field by field what was there",
        shown == {"delivery address.street": ("Am Markt 1", "Am Rhein 2"), "delivery address.city": ("Ulm", "Bonn")},
    )


def check_status(log: ActivityLog) -> None:
    history = list(log.timeline(ACCOUNT).filter(types="account.status").oldest_first())
    told = [(entry.status, entry.actor, entry.note) for entry in history]
    past = [log.subjects.status(ACCOUNT, "account.status", at=BEGIN + day * DAY) for day in (0, 111, 121, 131)]
    with scope(actor=SUPPORT):
        log.subjects.set_status(ACCOUNT, "account.status", "deactivated")
        wrong = refused(
            errors.TransitionNotAllowed, lambda: log.subjects.set_status(ACCOUNT, "account.status", "blocked")
        )
    check(
        "5.5 the account's status: by whom, when, why, and at any past moment",
        told[0] == ("blocked", BILLING, "Zahlung offen")
        and past == ["active", "blocked", "deactivated", "active"]
        and log.subjects.status(ACCOUNT, "account.status") == "deactivated"
        and wrong,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
