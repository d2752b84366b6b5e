"""Batches: what one plan wrote, changed and undone together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from activitylog import ActivityLog, Actor, Batch, Draft, Ref, scope, signals
from activitylog.errors import Immutable, InvalidInput, TransitionNotAllowed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def tasks(log: ActivityLog, contacts: list[Ref]) -> Batch:
    return log.plans.make(Draft("task", note="Call them"), contacts).assign(["user:1", "user:2"]).execute()


@pytest.fixture
def exports(log: ActivityLog, contacts: list[Ref]) -> Batch:
    return log.plans.make("exported", contacts).execute()


def test_a_batch_is_found_by_its_id_and_holds_nothing_else(log: ActivityLog, tasks: Batch, contacts: list[Ref]):
    log.record("task", contacts[0])
    assert log.batch(tasks.id).timeline().count() == 5
    assert {entry.batch for entry in tasks.timeline()} == {tasks.id}
    assert tasks.timeline().filter(assignee="user:1").count() + tasks.timeline().filter(assignee="user:2").count() == 5


def test_one_edit_changes_all_of_them(log: ActivityLog, tasks: Batch):
    assignees = {entry.subjects[0]: entry.assignee for entry in tasks.timeline()}
    with scope(actor=Actor.user(8, "Max")):
        tasks.edit(
            note="Write to them", title="Fair", data={"stand": 7}, occurred_at=NOON, ended_at=NOON, tags=["fair"],
            due_at=date(2026, 3, 9), readers=["user:1", "user:8"], editors="user:8", pinned=True, comment="as agreed",
        )  # fmt: skip
    for entry in tasks.timeline():
        assert (entry.note, entry.title, entry.data, entry.occurred_at) == ("Write to them", "Fair", {"stand": 7}, NOON)
        assert (entry.tags, entry.due_at) == (("fair",), datetime(2026, 3, 9, tzinfo=UTC))
        assert (entry.readers, entry.editors, entry.pinned) == (("user:1", "user:8"), ("user:8",), True)
        assert assignees[entry.subjects[0]] == entry.assignee
        assert entry.version == 2
        revision = log.history(entry)[-1]
        assert (revision.action, revision.actor.label, revision.comment) == ("edited", "Max", "as agreed")
    tasks.edit(due_at=None, ended_at=None, pinned=False, tags=[])
    assert {(entry.due_at, entry.ended_at, entry.pinned, entry.tags) for entry in tasks.timeline()} == {
        (None, None, False, ())
    }
    assert len(log.storage.documents("default", "audience", limit=10)) == 2


def test_an_edit_that_changes_nothing_makes_no_version(tasks: Batch):
    tasks.edit(note="Call them", pinned=False)
    tasks.edit()
    assert {entry.version for entry in tasks.timeline()} == {1}


@pytest.mark.parametrize("name", ["subjects", "assignee", "status", "actor", "source", "nonsense"])
def test_contacts_and_assignees_change_on_each_by_itself(tasks: Batch, name: str):
    with pytest.raises(InvalidInput) as caught:
        tasks.edit(note="x", **{name: "user:9"})
    assert caught.value.field == name
    assert {entry.version for entry in tasks.timeline()} == {1}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"note": 5}, "note"),
        ({"note": "x", "pinned": "yes"}, "pinned"),
        ({"note": "x", "tags": 5}, "tags"),
        ({"note": "x", "readers": []}, "readers"),
        ({"note": "x", "readers": None}, "readers"),
        ({"note": "x", "due_at": datetime(2026, 1, 1)}, "due_at"),  # noqa: DTZ001
        ({"note": "x", "ended_at": NOON - timedelta(days=9_000)}, "ended_at"),
        ({"note": "x", "comment": "y" * 3_000}, "comment"),
    ],
)
def test_a_bad_edit_changes_nothing(tasks: Batch, fields: dict[str, Any], field: str):
    with pytest.raises(InvalidInput) as caught:
        tasks.edit(**fields)
    assert caught.value.field == field
    assert {entry.version for entry in tasks.timeline()} == {1}


def test_what_one_of_them_refuses_is_refused_before_any_changes(log: ActivityLog):
    batch = log.plans.make("task", [f"contact:{number}" for number in range(510)]).execute()
    last = log.timeline("contact:509").first()
    log.edit(last, ended_at=last.occurred_at + timedelta(days=2))
    with pytest.raises(InvalidInput, match="^ended_at: "):
        batch.edit(occurred_at=last.occurred_at + timedelta(days=3), note="later")
    assert not batch.timeline().filter(search="later").exists()
    log.transition(last, "done")
    with pytest.raises(TransitionNotAllowed):
        batch.transition("waiting")
    assert batch.timeline().filter(status="open").count() == 509
    batch.transition("done", comment="over")
    assert batch.timeline().filter(status="done").count() == 510
    assert log.get(last).version == 3


def test_facts_of_system_entries_stay_but_they_are_handled(exports: Batch):
    with pytest.raises(Immutable):
        exports.edit(note="x", pinned=True)
    assert {entry.version for entry in exports.timeline()} == {1}
    exports.edit(pinned=True, tags=["2026"])
    exports.transition("sent")
    assert {(e.pinned, e.tags, e.status, e.version) for e in exports.timeline()} == {(True, ("2026",), "sent", 3)}


def test_an_unknown_status_changes_nothing(tasks: Batch):
    with pytest.raises(TransitionNotAllowed) as caught:
        tasks.transition("lost")
    assert caught.value.allowed == ("waiting", "done")
    assert {entry.version for entry in tasks.timeline()} == {1}


def test_a_change_of_dates_reaches_each_once(log: ActivityLog):
    batch = log.plans.make("task", [f"contact:{number}" for number in range(1_010)]).execute()
    batch.edit(occurred_at=NOON)
    assert {(entry.occurred_at, entry.version) for entry in batch.timeline()} == {(NOON, 2)}
    assert batch.timeline().count() == 1_010


def test_signals_of_a_change_come_once_per_chunk(log: ActivityLog):
    batch = log.plans.make("task", [f"contact:{number}" for number in range(510)]).execute()
    sizes: dict[str, list[int]] = {"edited": [], "transitioned": [], "deleted": []}
    receivers = []
    for name, seen in sizes.items():

        def receive(_: Any, activities: Any, seen: list[int] = seen) -> None:
            seen.append(len(activities))

        getattr(signals, name).connect(receive, sender=log)
        receivers.append(receive)
    batch.edit(note="x")
    batch.transition("done")
    batch.undo()
    assert sizes == {"edited": [500, 10], "transitioned": [500, 10], "deleted": [500, 10]}


def test_undoing_deletes_manual_and_system_entries(log: ActivityLog, tasks: Batch, exports: Batch, contacts: list[Ref]):
    for batch in (tasks, exports):
        batch.undo(comment="wrong list")
        assert not batch.timeline().exists()
        deleted = list(batch.timeline().filter(deleted=True))
        assert len(deleted) == 5
        revision = log.history(deleted[0])[-1]
        assert (revision.action, revision.comment, revision.actor.label) == ("deleted", "wrong list", "Lea Müller")
        assert batch.report().counts() == {"undone": 5}
        assert {row.activity for row in batch.report()} == {entry.id for entry in deleted}
    log.restore(tasks.timeline().filter(deleted=True).first())
    assert tasks.timeline().count() == 1


def test_undoing_again_completes_what_was_interrupted(log: ActivityLog):
    batch = log.plans.make("exported", [f"contact:{number}" for number in range(510)]).execute()

    def stop(_: Any, activities: Any) -> None:
        raise KeyboardInterrupt

    with signals.deleted.connected_to(stop, sender=log), pytest.raises(KeyboardInterrupt):
        batch.undo()
    assert batch.timeline().count() == 10
    batch.undo()
    batch.undo()
    assert not batch.timeline().exists()
    assert {entry.version for entry in batch.timeline().filter(deleted=True)} == {2}


def test_deleted_ones_are_left_as_they_are(log: ActivityLog, tasks: Batch, contacts: list[Ref]):
    [gone] = log.timeline(contacts[0])
    log.delete(gone)
    tasks.edit(note="x")
    tasks.transition("done")
    tasks.undo()
    assert log.get(gone).version == 2


def test_a_bad_comment_undoes_nothing(tasks: Batch):
    with pytest.raises(InvalidInput, match="^comment: "):
        tasks.undo(comment="x" * 3_000)
    assert tasks.timeline().count() == 5


def test_changing_a_batch_wants_an_actor(make_log: Callable[..., ActivityLog], contacts: list[Ref]):
    log = make_log(actor=None)
    with scope(actor=Actor.user(1)):
        batch = log.plans.make("task", contacts).execute()
    for change in (lambda: batch.edit(note="x"), lambda: batch.transition("done"), batch.undo):
        with pytest.raises(InvalidInput, match="^actor: "):
            change()
    assert batch.report().counts() == {"created": 5}
    assert {entry.version for entry in batch.timeline()} == {1}
