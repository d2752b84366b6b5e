"""Section 2 of the scenarios: one action for many contacts. That 50,000 survive crashes is in tests/plans."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from activitylog import ActivityLog, Draft, Ref
from activitylog.errors import InvalidInput, NotAllowed
from scenarios.conftest import LEA, TOM

AGENTS = [LEA, TOM, Ref("user", 5, "Ute Klein")]
DUE = datetime(2030, 1, 7, tzinfo=UTC)


@pytest.mark.scenario("2.1")
def test_one_shared_activity_or_one_for_each(log: ActivityLog, contacts: list[Ref]):
    shared = log.plans.make(Draft("letter", title="Invitation"), contacts, mode="shared").execute()
    [letter] = shared.timeline()
    assert letter.subjects == tuple(contacts)
    each = log.plans.make("call", contacts).execute()
    assert sorted(a.subjects for a in each.timeline()) == sorted((contact,) for contact in contacts)
    assert log.timeline(contacts[3]).count() == 2
    many = [Ref("contact", number) for number in range(501)]
    report = log.plans.make("letter", many, mode="shared").report()
    assert [row.reason for row in report][499:] == ["", "over the 500 of a shared activity"]


@pytest.mark.scenario("2.2")
def test_the_selection_of_a_filter_is_adjusted(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", (contact for contact in contacts if int(contact.id) % 2))
    plan = plan.exclude(contacts[1]).exclude_all().include(contacts[3], contacts[5]).include_all().exclude(contacts[11])
    with pytest.raises(InvalidInput):
        plan.include(contacts[2])
    batch = plan.execute()
    assert {a.subjects[0].id for a in batch.timeline()} == {"1", "3", "5", "7", "9"}


@pytest.mark.scenario("2.3")
def test_somebody_is_responsible(log: ActivityLog, contacts: list[Ref]):
    def assigned(**options: object) -> list[str]:
        plan = log.plans.make("task", contacts).assign(AGENTS, **options)
        return [str(row.assignee) for row in plan.report()]

    at_random = assigned(strategy="random", seed=7)
    assert assigned(strategy="random", seed=7) == at_random
    assert {*at_random} <= {"user:3", "user:4", "user:5"}
    assert any(assigned(strategy="random", seed=seed) != at_random for seed in range(8, 20))
    assert Counter(assigned(strategy="in_turn")) == {"user:3": 4, "user:4": 4, "user:5": 4}

    load = Counter({"user:3": 9, "user:4": 2})

    def least_loaded(_: Ref, agents: tuple[Ref, ...]) -> Ref:
        agent = min(agents, key=lambda agent: load[str(agent)])
        load[str(agent)] += 1
        return agent

    assert Counter(assigned(strategy=least_loaded)) == {"user:4": 5, "user:5": 7}
    batch = log.plans.make("letter", contacts, mode="shared").assign([TOM]).execute()
    assert [a.assignee for a in batch.timeline()] == [TOM.ref]


@pytest.mark.scenario("2.4")
def test_a_report_before_and_after(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make(
        "call",
        [*contacts[:5], contacts[0]],
        check=lambda contact: "no permission" if contact.id == "2" else None,
    )
    plan = plan.exclude(contacts[1])
    report = plan.report()
    told = [(row.subject.id, row.outcome, row.reason) for row in report]
    assert told == [
        ("0", "planned", ""),
        ("1", "left out", "excluded"),
        ("2", "left out", "no permission"),
        ("3", "planned", ""),
        ("4", "planned", ""),
        ("0", "left out", "duplicate"),
    ]
    assert report.counts() == {"planned": 3, "left out": 3, "excluded": 1, "no permission": 1, "duplicate": 1}
    assert not log.everything().exists(), "nothing is written yet"
    batch = plan.execute()
    after = {row.subject.id: row.activity for row in batch.report() if row.outcome == "created"}
    assert after == {a.subjects[0].id: a.id for a in batch.timeline()}
    assert "no permission" in batch.report().to_csv()


@pytest.mark.scenario("2.5")
def test_the_selection_changes_until_it_is_executed_and_executing_twice_doubles_nothing(
    log: ActivityLog, contacts: list[Ref]
):
    plan = log.plans.make("call", contacts)
    plan.report()
    plan = log.plans.resume(plan.id).exclude(contacts[0])
    batch = plan.execute()
    assert plan.execute().id == batch.id
    log.plans.resume(plan.id).execute()
    assert log.everything().count() == batch.timeline().count() == 11
    with pytest.raises(NotAllowed):
        plan.include(contacts[0])


@pytest.mark.scenario("2.6")
def test_one_edit_for_all_of_the_batch(log: ActivityLog, contacts: list[Ref]):
    batch = log.plans.make("task", contacts[:4]).assign(AGENTS, strategy="in_turn").execute()
    before = {a.subjects: a.assignee for a in batch.timeline()}
    batch.edit(note="Ring before noon", due_at=DUE, occurred_at=datetime(2026, 3, 1, tzinfo=UTC), tags=["spring"])
    batch.transition("done")
    for activity in log.batch(batch.id).timeline():
        assert (activity.note, activity.due_at, activity.status) == ("Ring before noon", DUE, "done")
        assert (activity.occurred_at, activity.tags) == (datetime(2026, 3, 1, tzinfo=UTC), ("spring",))
    assert {a.subjects: a.assignee for a in batch.timeline()} == before
    with pytest.raises(InvalidInput):
        batch.edit(assignee=TOM)
    [one, *_] = batch.timeline()
    assert log.assign(one, TOM).assignee == TOM.ref


@pytest.mark.scenario("2.6")
def test_a_batch_is_taken_back(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("mailbox.used", contacts[:3])
    batch = plan.execute()
    batch.undo()
    assert not batch.timeline().exists()
    assert batch.timeline().filter(deleted=True).count() == 3
    with pytest.raises(NotAllowed):
        plan.execute()


@pytest.mark.scenario("2.7")
def test_many_contacts_execute_with_progress_and_go_on_after_a_crash(log: ActivityLog):
    told = []

    class Crash(Exception):
        pass

    def crash(done: int, total: int) -> None:
        told.append((done, total))
        if len(told) == 2:
            raise Crash

    plan = log.plans.make("call", (Ref("contact", number) for number in range(1_700)))
    with pytest.raises(Crash):
        plan.execute(progress=crash)
    assert 0 < log.everything().count() < 1_700
    again = ActivityLog(log.storage, types=log.types, actor=LEA)
    batch = again.plans.resume(plan.id).execute(progress=lambda *progress: told.append(progress))
    assert batch.timeline().count() == log.everything().count() == 1_700
    assert told[-1] == (1_700, 1_700)
    assert [done for done, _ in told] == sorted({done for done, _ in told}), "each chunk once"
