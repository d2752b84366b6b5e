"""Verbs on what is recorded: editing, deleting, statuses and the rest; each a revision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest

from activitylog import REDACTED, Activity, ActivityLog, Actor, Draft, Ref, scope
from activitylog.errors import ActivityNotFound, Immutable, InvalidInput, StaleVersion, TransitionNotAllowed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_edit_keeps_what_was_there_before(log: ActivityLog, kim: Ref):
    call = log.record("call", kim, note="Asked", title="T", occurred_at=NOON, data={"minutes": 5})
    with scope(actor=Actor.user(4, "Tom").on_behalf_of(kim)):
        edited = log.edit(
            call,
            note="Asked for a quote",
            title="",
            occurred_at=NOON - timedelta(days=1),
            ended_at=NOON,
            data={"minutes": 6},
            comment="typo",
        )
    assert (edited.note, edited.title, edited.version) == ("Asked for a quote", "", 2)
    assert log.get(call) == edited
    first, second = log.history(call)
    assert (first.version, first.action, first.changes, first.actor.label) == (1, "recorded", (), "Lea Müller")
    assert (second.version, second.action, second.comment) == (2, "edited", "typo")
    assert (second.actor.label, second.actor.behalf) == ("Tom", kim)
    changes = {change.field: (change.old, change.new) for change in second.changes}
    assert changes == {
        "note": ("Asked", "Asked for a quote"),
        "title": ("T", None),
        "occurred_at": ("2026-03-01T12:00:00+00:00", "2026-02-28T12:00:00+00:00"),
        "ended_at": (None, "2026-03-01T12:00:00+00:00"),
        "data.minutes": (5, 6),
    }
    with scope(language="de"):
        labels = {change.field: change.label for change in log.history(call)[1].changes}
    assert (labels["note"], labels["data.minutes"]) == ("Notiz", "Minuten")
    assert log.timeline(kim).page().items == (edited,)
    assert log.timeline(kim).filter(search="quote", until=NOON).exists()
    assert log.edit(edited, ended_at=None).ended_at is None


def test_an_edit_without_difference_makes_no_version(log: ActivityLog, kim: Ref):
    call = log.record("call", kim, note="x")
    assert log.edit(call, note="x").version == 1
    assert log.edit(call).version == 1


def test_a_stale_edit_shows_what_is_there(log: ActivityLog, kim: Ref):
    call = log.record("call", kim)
    current = log.edit(call, note="first")
    with pytest.raises(StaleVersion) as caught:
        log.edit(call, note="second")
    assert caught.value.current == current
    with pytest.raises(StaleVersion):
        log.edit(call.id, note="second", version=1)
    assert log.edit(call.id, note="second").note == "second"
    assert log.edit(str(call.id), note="third", version=3).note == "third"


def test_a_system_entry_cannot_be_edited_or_deleted(log: ActivityLog, kim: Ref):
    entry = log.record("mail", kim)
    for attempt in (lambda: log.edit(entry, note="x"), lambda: log.delete(entry), lambda: log.restore(entry)):
        with pytest.raises(Immutable, match="system entry"):
            attempt()
    assert log.get(entry).version == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"note": "\0"}, "note"),
        ({"occurred_at": datetime(2026, 1, 1)}, "occurred_at"),  # noqa: DTZ001
        ({"occurred_at": datetime(2100, 1, 1, tzinfo=UTC)}, "occurred_at"),
        ({"ended_at": datetime(2000, 1, 1, tzinfo=UTC)}, "ended_at"),
        ({"occurred_at": None}, "occurred_at"),
        ({"data": {1: 2}}, "data"),
        ({"data": {"x": "y" * 1_100_000}}, "data"),
        ({"status": "x"}, "status"),
        ({"comment": "x" * 2001}, "comment"),
    ],
)
def test_a_bad_edit_is_named_and_changes_nothing(log: ActivityLog, kim: Ref, fields: dict[str, Any], field: str):
    call = log.record("call", kim)
    with pytest.raises(InvalidInput) as caught:
        log.edit(call, **fields)
    assert caught.value.field.startswith(field)
    assert len(log.history(call)) == 1


def test_what_is_moved_in_time_keeps_its_ages(log: ActivityLog, kim: Ref):
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10)
    ages = {"archive_after": timedelta(days=30), "purge_after": timedelta(days=90)}
    visit = log.record("visit", kim, occurred_at=soon, **ages)
    for moment in (soon, soon - timedelta(days=5), soon - timedelta(days=20), soon + timedelta(days=5)):
        visit = log.edit(visit, occurred_at=moment)
        assert {name: getattr(visit, name) for name in ages} == ages
    late = log.record("visit", kim, occurred_at=NOON - timedelta(days=3000), **ages)
    assert {name: getattr(late, name) for name in ages} == ages, "counted from when it was recorded"


def test_what_is_moved_in_time_gets_no_age(log: ActivityLog, kim: Ref):
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10)
    visit = log.record("visit", kim, occurred_at=soon)
    for moment in (soon - timedelta(days=5), soon):
        visit = log.edit(visit, occurred_at=moment)
        assert (visit.archive_after, visit.purge_after) == (None, None)


def test_deleting_hides_and_restoring_brings_back(log: ActivityLog, kim: Ref):
    call = log.record("call", kim)
    assert log.delete(call, comment="twice").deleted
    assert log.delete(call).version == 2
    assert not log.timeline(kim).exists()
    assert log.timeline(kim).filter(deleted=True).count() == 1
    assert log.get(call).deleted
    with pytest.raises(Immutable, match="restore it first"):
        log.edit(call.id, note="x")
    with pytest.raises(Immutable):
        log.pin(call)
    restored = log.restore(call)
    assert (restored.deleted, restored.version) == (False, 3)
    assert log.restore(call).version == 3
    assert [revision.action for revision in log.history(call)] == ["recorded", "deleted", "restored"]
    assert log.timeline(kim).count() == 1


def test_an_unknown_activity_is_not_found(log: ActivityLog, kim: Ref):
    call = log.record("call", kim)
    for id in (uuid4(), str(uuid4())):
        with pytest.raises(ActivityNotFound):
            log.get(id)
        with pytest.raises(ActivityNotFound):
            log.pin(id)
        with pytest.raises(ActivityNotFound):
            log.history(id)
    with scope(tenant="other"), pytest.raises(ActivityNotFound):
        log.edit(call, note="x")
    for wrong in (5, "x", None):
        with pytest.raises(InvalidInput):
            log.get(wrong)


def test_statuses_follow_what_the_type_declares(log: ActivityLog, kim: Ref):
    mail = log.record("mail", kim)
    assert (mail.status, mail.status_label) == ("draft", "Draft")
    with pytest.raises(TransitionNotAllowed) as caught:
        log.transition(mail, "sent")
    assert caught.value.allowed == ("queued",)
    log.transition(mail, "queued")
    log.transition(mail, "failed", at=NOON, comment="bounced")
    log.transition(mail, "queued")
    sent = log.transition(mail, "sent")
    assert sent.status == "sent"
    with pytest.raises(TransitionNotAllowed, match="nothing can follow"):
        log.transition(mail, "queued")
    steps = [(revision.changes[0].old, revision.changes[0].new) for revision in log.history(mail)[1:]]
    assert steps == [("draft", "queued"), ("queued", "failed"), ("failed", "queued"), ("queued", "sent")]
    assert (log.history(mail)[2].at, log.history(mail)[2].comment) == (NOON, "bounced")


def test_bare_statuses_allow_all_until_the_last(log: ActivityLog, kim: Ref):
    task = log.record("task", kim)
    assert log.transition(task, "waiting").status == "waiting"
    assert log.transition(task, "waiting").version == 2
    assert log.transition(task, "open").status == "open"
    assert log.transition(task, "done").status == "done"
    for status in ("open", "unheard", ""):
        with pytest.raises(TransitionNotAllowed):
            log.transition(task, status)
    with pytest.raises(TransitionNotAllowed):
        log.transition(log.record("call", kim), "open")


def test_handling_works_on_system_entries_and_is_accounted_for(log: ActivityLog, kim: Ref):
    entry = log.record("mail", kim, tags=["a"])
    log.tag(entry, add=["b"], remove=["a"])
    log.pin(entry)
    log.due(entry, NOON)
    log.share(entry, readers=["user:3"], editors="*")
    done = log.archive(entry, comment="old")
    assert (done.tags, done.pinned, done.due_at, done.readers) == (("b",), True, NOON, ("user:3",))
    assert done.archived
    assert not log.timeline(kim).exists()
    assert log.timeline(kim).filter(archived=True).count() == 1
    assert log.archive(entry).version == done.version
    log.archive(entry, False)
    log.pin(entry, False)
    log.due(entry, None)
    assert [revision.action for revision in log.history(entry)] == [
        "recorded", "tagged", "pinned", "due", "shared", "archived", "unarchived", "unpinned", "due",
    ]  # fmt: skip
    now = log.get(entry)
    assert (now.pinned, now.due_at, now.archived) == (False, None, False)


def test_nobody_cannot_be_shared_with(log: ActivityLog, kim: Ref):
    with pytest.raises(InvalidInput, match="^readers: "):
        log.share(log.record("call", kim), readers=[])


def test_each_audience_has_its_document(log: ActivityLog, kim: Ref):
    log.record("call", kim)
    log.record("call", kim, readers=["user:3"], team="south")
    entry = log.record("call", kim)
    log.share(entry, readers="user:4")
    documents = log.storage.documents("default", "audience", limit=10)
    assert len(documents) == 3
    named = {record.audience for record in log.storage.get("default", [e.id for e in log.everything()]).values()}
    assert named == {document.name for document in documents}
    assert any('"readers":["user:3"]' in document.body and '"team":"south"' in document.body for document in documents)


def test_lost_races_of_handling_are_run_again(log: ActivityLog, kim: Ref):
    entry = log.record("call", kim)
    barrier = Barrier(4)
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            barrier.wait()
            for number in range(5):
                log.tag(entry, add=[f"{name}{number}"])
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(log.get(entry).tags) == 20
    assert [revision.version for revision in log.history(entry)] == list(range(1, 22))


def test_a_long_history_is_read_whole(log: ActivityLog, kim: Ref):
    entry: Activity = log.record("call", kim)
    for number in range(205):
        entry = log.edit(entry, note=str(number))
    assert [revision.version for revision in log.history(entry)] == list(range(1, 207))


def test_changes_are_recorded_field_by_field(log: ActivityLog, kim: Ref, types):
    types.define("account.changed", secret=("password",), field_labels={"city": {"en": "City", "de": "Ort"}})
    entry = log.record_change(
        kim,
        before={"city": "Ulm", "password": "a", "address": {"zip": 1, "street": "x"}, "seen": 1, "gone": 1, "flag": 1},
        after={"city": "Bonn", "password": "b", "address": {"zip": 2, "street": "x"}, "seen": 2, "flag": True},
        type="account.changed",
        ignore=("seen",),
        note="moved",
    )
    entry = log.get(entry)
    assert [(change.field, change.label, change.old, change.new) for change in entry.changes] == [
        ("city", "City", "Ulm", "Bonn"),
        ("password", "password", "[redacted]", "[redacted]"),
        ("address.zip", "address.zip", 1, 2),
        ("gone", "gone", 1, None),
        ("flag", "flag", 1, True),
    ]
    assert entry.note == "moved"
    assert log.record_change(kim, before={"a": 1}, after={"a": 1}) is None
    assert log.record_change(kim, before={"a": None}, after={}) is None
    assert log.timeline(kim).count() == 1


def test_changes_of_objects_and_of_kinds_of_values(log: ActivityLog, kim: Ref):
    from dataclasses import dataclass
    from datetime import timezone
    from decimal import Decimal

    from attrs import frozen

    @frozen
    class Address:
        city: str
        since: datetime

    @dataclass
    class Price:
        amount: Decimal

    summer = NOON.astimezone(timezone(timedelta(hours=2)))
    assert log.record_change(kim, before=Address("Ulm", NOON), after=Address("Ulm", summer)) is None
    assert log.record_change(kim, before=Price(Decimal("1.0")), after=Price(Decimal("1.00"))) is None
    made = log.record_change(kim, before=None, after=Address("Ulm", NOON))
    assert [(change.old, change.new) for change in made.changes] == [(None, "Ulm"), (None, "2026-03-01T12:00:00+00:00")]
    assert log.record_change(kim, before={"x": {"y"}}, after={"x": {"y", "z"}}).changes[0].new == ["y", "z"]
    for wrong in (5, "x", {1: 2}, {"x": object()}, {"x": Decimal("NaN")}):
        with pytest.raises(InvalidInput):
            log.record_change(kim, before={}, after=wrong)


def test_a_secret_within_a_list_is_masked(log: ActivityLog, kim: Ref, types):
    types.define("keys.changed", secret=("password",))
    entry = log.record_change(
        kim,
        before={"keys": [{"password": "a"}], "user": {"password": "a"}},
        after={"keys": [{"password": "b"}], "user": {"password": "b"}},
        type="keys.changed",
    )
    assert "'a'" not in str(entry.to_dict())
    assert {change.field for change in entry.changes} == {"keys", "user.password"}


def test_a_masked_field_tells_that_it_changed_and_nothing_else(log: ActivityLog, kim: Ref):
    states = {"before": {"iban": "DE1", "pin": "1", "name": "Kim"}, "after": {"iban": "DE2", "pin": "1", "name": "Tom"}}
    entry = log.record_change(kim, mask=["iban", "pin"], **states)
    assert [(change.field, change.old, change.new) for change in entry.changes] == [
        ("iban", REDACTED, REDACTED),
        ("name", "Kim", "Tom"),
    ]
    [only] = Draft.change(kim, mask="iban", before={"iban": "DE1"}, after=None).changes
    assert only == ["iban", REDACTED, REDACTED]


@pytest.mark.parametrize("verb", ["pin", "delete", "restore", "archive", "tag", "share"])
def test_every_verb_wants_an_actor(make_log: Callable[..., ActivityLog], kim: Ref, verb: str):
    log = make_log(actor=None)
    call = log.record("call", kim, actor=Actor.user(1))
    with pytest.raises(InvalidInput, match="^actor: "):
        getattr(log, verb)(call)


def test_field_names_of_changes_are_checked(log: ActivityLog, kim: Ref):
    from decimal import Decimal

    class Odd:
        def __eq__(self, _: object) -> bool:
            raise RuntimeError("secret")

        __hash__ = None

    itself: list[Any] = []
    itself.append(itself)
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"x": deep, "y": 1}
    for wrong in (
        {"\ud800": 1}, {"a\0": 1}, {"x" * 501: 1}, {"a.b": 1, "a": {"b": 2}}, {"x": itself}, deep, {"x": Odd()},
        {"x": Decimal("sNaN")},
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as caught:
            log.record_change(kim, before={"x": 1, "a.b": 0}, after=wrong)
        assert "secret" not in str(caught.value)
    changed = log.record_change(kim, before={"x": [1]}, after={"x": [True]})
    assert (changed.changes[0].old, changed.changes[0].new) == ([1], [True])
    assert "True" not in repr(changed.changes)


def test_flags_and_versions_are_of_their_kind(log: ActivityLog, kim: Ref):
    call = log.record("call", kim)
    for attempt in (
        lambda: log.pin(call, "no"),
        lambda: log.archive(call, 1),
        lambda: log.edit(call, version="1", note="x"),
        lambda: log.tag(call, add=map(str, range(101))),
    ):
        with pytest.raises(InvalidInput):
            attempt()
    assert log.get(call).version == 1
