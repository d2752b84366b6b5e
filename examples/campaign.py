"""A campaign: one action for many contacts, looked at before it is done. Section 2 of docs/scenarios.md.

python examples/campaign.py [store URL] [language]
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from uuid import uuid4

from activitylog import ActivityLog, Actor, Batch, Draft, Plan, Ref, TypeRegistry, errors, scope, standard
from showing import check, default_store, heading, refused, show

LEA, TOM, UTE = Actor.user(3, "Lea Müller"), Actor.user(4, "Tom Ernst"), Actor.user(5, "Ute Klein")
AGENTS = [LEA, TOM, UTE]
CITIES = ("Bonn", "Ulm", "Kiel")
CONTACTS = {Ref("contact", number, f"Kontakt {number}"): CITIES[number % 3] for number in range(90)}
LOCKED = Ref("contact", 30)
MANY = 2_000


def main(store: str = "", language: str = "de") -> None:
    log = ActivityLog(
        store or default_store("campaign"),
        types=TypeRegistry(standard.types),
        tenant=f"campaign {uuid4().hex[:8]}",  # each run is a tenant of its own
        language=language,
    )
    with scope(actor=LEA):
        plan = the_contacts_of_bonn_are_called(log)
        heading("Before anything is written")
        print(plan.report().to_text())
        batch = plan.execute()
        heading("Afterwards, for three of them")
        batch.edit(due_at=datetime(2030, 1, 7, tzinfo=UTC), note="Zum Frühlingsseminar einladen")
        show(batch.timeline().page(limit=3))
        heading("What holds")
        check_one_or_many(log)
        check_selection_and_report(log, plan, batch)
        check_responsibility(log)
        check_once_only_and_edits(log, plan, batch)
        check_crash(log)
    log.close()


def the_contacts_of_bonn_are_called(log: ActivityLog) -> Plan:
    bonn = [contact for contact, city in CONTACTS.items() if city == "Bonn"]
    plan = log.plans.make(
        Draft("task", title="Anrufen"),
        [*bonn, bonn[0]],
        check=lambda contact: "keine Berechtigung" if contact == LOCKED else None,
    )
    return plan.exclude("contact:3").assign(AGENTS, strategy="in_turn")


def check_one_or_many(log: ActivityLog) -> None:
    letter = log.plans.make(Draft("letter", title="Einladung"), list(CONTACTS), mode="shared").execute()
    [shared] = letter.timeline()
    each = log.plans.make("note", list(CONTACTS)).execute()
    check(
        "2.1 one activity that names all, or one for each",
        len(shared.subjects) == 90 and each.timeline().count() == 90,
    )


def check_selection_and_report(log: ActivityLog, plan: Plan, batch: Batch) -> None:
    others = log.plans.make("call", [contact for contact, city in CONTACTS.items() if city == "Ulm"])
    few = others.exclude_all().include("contact:1", "contact:4").report()
    all_but_one = others.include_all().exclude("contact:1").report()
    unknown = refused(errors.InvalidInput, lambda: others.include("contact:0"))
    check(
        "2.2 a filter's contacts, then one or all in or out",
        (few.counts()["planned"], all_but_one.counts()["planned"], unknown) == (2, 29, True),
    )
    reasons = {row.reason for row in plan.report() if row.outcome == "left out"}
    created = {row.activity for row in batch.report() if row.outcome == "created"}
    check(
        "2.4 a report before and after: for whom, by whom, who not and why",
        reasons == {"duplicate", "excluded", "keine Berechtigung"} and created == {a.id for a in batch.timeline()},
    )


def check_responsibility(log: ActivityLog) -> None:
    def spread(**how: object) -> list[str]:
        plan = log.plans.make("task", list(CONTACTS)).assign(AGENTS, **how)
        return [str(row.assignee) for row in plan.report()]

    load = Counter({"user:3": 40, "user:4": 10, "user:5": 0})

    def least_loaded(_: Ref, agents: tuple[Ref, ...]) -> Ref:
        agent = min(agents, key=lambda agent: load[str(agent)])
        load[str(agent)] += 1
        return agent

    at_random = spread(strategy="random", seed=2026)
    evenly, by_load = Counter(spread(strategy="in_turn")), Counter(spread(strategy=least_loaded))
    check(
        "2.3 spread at random with a seed, in turn, or by a rule of one's own",
        at_random == spread(strategy="random", seed=2026)
        and set(evenly.values()) == {30}
        and by_load["user:3"] < by_load["user:4"] < by_load["user:5"],
    )


def check_once_only_and_edits(log: ActivityLog, plan: Plan, batch: Batch) -> None:
    before = batch.timeline().count()
    plan.execute()
    log.plans.resume(plan.id).execute()
    late = refused(errors.NotAllowed, lambda: plan.include("contact:3"))
    check("2.5 the selection changes until then; twice is once", batch.timeline().count() == before == 28 and late)

    assignees = {a.id: a.assignee for a in batch.timeline()}
    batch.edit(note="Bitte vormittags", occurred_at=datetime(2026, 3, 1, tzinfo=UTC))
    batch.transition("done")
    told = {(a.note, a.status, a.occurred_at.month) for a in batch.timeline()}
    same = assignees == {a.id: a.assignee for a in batch.timeline()}
    apart = refused(errors.InvalidInput, lambda: batch.edit(assignee=TOM))  # type: ignore[call-arg]
    check("2.6 one edit for all of a batch, never of contacts or assignees", len(told) == 1 and same and apart)


def check_crash(log: ActivityLog) -> None:
    told: list[int] = []

    def progress(done: int, total: int) -> None:
        told.append(done)
        if len(told) == 2:
            raise InterruptedError

    plan = log.plans.make("call", (Ref("contact", number) for number in range(MANY)))
    crashed = refused(InterruptedError, lambda: plan.execute(progress=progress))
    batch = log.plans.resume(plan.id).execute(progress=lambda done, total: told.append(done))
    check(
        f"2.7 {MANY:,} contacts: progress told, a crash survived, none doubled",
        crashed and batch.timeline().count() == MANY == told[-1] and told == sorted(set(told)),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
