"""Holds: what is held stays, and why it is held is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from activitylog import ActivityLog, Actor, Hold, Ref, Viewer, scope, signals
from activitylog.errors import ActivityNotFound, InvalidInput, NotAllowed
from activitylog.holds import held_refs, is_held

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def held(log: ActivityLog) -> set[str]:
    return set(held_refs(log.storage, "default"))


def test_a_hold_on_a_subject_says_why_since_when_and_by_whom(make_log: Callable[..., ActivityLog], kim: Ref):
    log = make_log(clock=lambda: NOON)
    log.retention.hold(kim, reason="lawsuit 17")
    assert log.retention.holds() == (Hold(kim, "lawsuit 17", Ref("user", 3), NOON),)
    assert held(log) == {"contact:42"}
    log.retention.release(kim)
    assert log.retention.holds() == ()
    assert held(log) == set()


def test_what_is_held_stays_as_it_was_held_first(log: ActivityLog, kim: Ref):
    log.retention.hold(kim, reason="first")
    with scope(actor=Actor.user(4)):
        log.retention.hold("contact:42", reason="second")
    [hold] = log.retention.holds()
    assert (hold.reason, hold.by) == ("first", Ref("user", 3))
    entry = log.record("call", kim)
    log.retention.hold(entry, reason="first")
    log.retention.hold(entry, reason="second")
    assert [revision.comment for revision in log.history(entry)] == ["", "first"]


def test_a_hold_on_an_entry_is_part_of_its_history(log: ActivityLog, kim: Ref):
    entry = log.record("call", kim)
    seen: list[Any] = []
    with signals.handled.connected_to(lambda _, activities: seen.extend(activities)):
        log.retention.hold(entry, reason="lawsuit 17")
        log.retention.release(entry)
    _, holding, releasing = log.history(entry)
    assert (holding.action, holding.comment, holding.actor.label) == ("held", "lawsuit 17", "Lea Müller")
    assert [(change.field, change.new) for change in holding.changes] == [("held", True)]
    assert releasing.action == "released"
    assert [activity.version for activity in seen] == [2, 3]
    assert log.retention.holds() == ()


@pytest.mark.parametrize("named", [lambda a: a, lambda a: a.id, lambda a: str(a.id), lambda a: a.id.hex])
def test_an_activity_its_id_and_the_text_of_it_are_entries(log: ActivityLog, kim: Ref, named: Callable[..., Any]):
    entry = log.record("call", kim)
    log.retention.hold(named(entry), reason="why")
    assert log.history(entry)[-1].action == "held"
    assert held(log) == set()
    log.retention.release(named(entry))
    assert log.history(entry)[-1].action == "released"


@pytest.mark.parametrize(
    "named", ["contact:42", Ref("contact", 42), "urn:uuid:12345678-1234-5678-1234-567812345678", Actor.user(3)]
)
def test_everything_else_is_a_subject(log: ActivityLog, named: Any):
    log.retention.hold(named, reason="why")
    assert len(held(log)) == 1
    log.retention.release(named)
    assert held(log) == set()


def test_a_deleted_entry_can_be_held(log: ActivityLog, kim: Ref):
    entry = log.delete(log.record("call", kim))
    log.retention.hold(entry, reason="why")
    assert log.history(entry)[-1].action == "held"


def test_a_hold_on_one_of_merged_subjects_holds_all_of_them(log: ActivityLog, kim: Ref, acme: Ref):
    log.subjects.merge(kim, into=acme)
    log.retention.hold(kim, reason="why")
    assert held(log) == {"contact:42", "company:7"}
    with pytest.raises(InvalidInput, match="merged"):
        log.retention.release(acme)
    log.subjects.unmerge(kim)
    assert held(log) == {"contact:42"}


def test_holds_are_those_of_one_tenant(log: ActivityLog, kim: Ref):
    with scope(tenant="south"):
        log.retention.hold(kim, reason="why")
    assert log.retention.holds() == ()
    assert held(log) == set()


def test_a_subject_is_held_by_itself_by_an_entry_and_by_whom_an_entry_is_shared_with(
    log: ActivityLog, kim: Ref, acme: Ref
):
    def is_kim_held() -> bool:
        return is_held(log.storage, "default", str(kim))

    own, shared = log.record("call", kim), log.record("call", kim, acme)
    log.record("call", acme)
    assert not is_kim_held()
    for what in (kim, own, acme, shared):
        log.retention.hold(what, reason="why")
        assert is_kim_held()
        log.retention.release(what)
        assert not is_kim_held()
    log.subjects.merge("contact:43", into=kim)
    log.retention.hold("contact:43", reason="why")
    assert is_kim_held()


@pytest.mark.parametrize("reason", ["", None, 5, "x" * 2001])
def test_a_hold_needs_a_reason(log: ActivityLog, kim: Ref, reason: Any):
    entry = log.record("call", kim)
    for what in (kim, entry):
        with pytest.raises(InvalidInput) as caught:
            log.retention.hold(what, reason=reason)
        assert caught.value.field == "reason"
    assert held(log) == set()
    assert log.get(entry).version == 1


@pytest.mark.parametrize("what", ["kim", "", ":", "Contact:1", None, 5, object()])
def test_what_names_nothing_is_refused(log: ActivityLog, what: Any):
    for attempt in (lambda: log.retention.hold(what, reason="why"), lambda: log.retention.release(what)):
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert caught.value.field == "what"
    assert log.retention.holds() == ()


def test_what_is_not_held_is_not_released(log: ActivityLog, kim: Ref):
    entry = log.record("call", kim)
    for what in (kim, entry):
        with pytest.raises(InvalidInput, match="not held itself"):
            log.retention.release(what)
    with pytest.raises(InvalidInput, match="^ref: this subject is not held itself, though one that is merged with it"):
        log.retention.release(kim)
    with pytest.raises(ActivityNotFound):
        log.retention.hold("12345678-1234-5678-1234-567812345678", reason="why")
    assert log.get(entry).version == 1


def test_a_limited_log_knows_no_holds(log: ActivityLog):
    with pytest.raises(NotAllowed, match="limited"):
        _ = log.visible_to(Viewer(["user:3"])).retention


def test_a_hold_needs_somebody_who_holds(make_log: Callable[..., ActivityLog], kim: Ref):
    log = make_log(actor=None)
    for attempt in (lambda: log.retention.hold(kim, reason="why"), lambda: log.retention.release(kim)):
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert caught.value.field == "actor"
