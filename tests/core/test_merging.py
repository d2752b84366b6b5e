"""Merged subjects: read as one group, written as they are named, and parted again without loss."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activitylog import ActivityLog, Actor, Ref, scope
from activitylog.aliases import Groups
from activitylog.errors import InvalidInput, TooManySubjects, WriteConflict
from activitylog.storage import Document, Storage
from effort import effort

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KIM, DOUBLE, THIRD = (Ref("contact", number) for number in (42, 43, 44))


def fill(log: ActivityLog, *subjects: Ref, many: int = 6) -> None:
    for number in range(many):
        log.record("call", subjects[number % len(subjects)], title=str(number), occurred_at=NOON + number * HOUR)


def titles(items: Any) -> str:
    return "".join(item.title for item in items)


def test_a_merged_group_is_read_as_one_from_each_of_its_members(log: ActivityLog):
    fill(log, KIM, DOUBLE, THIRD)
    page = log.timeline(KIM).page()
    log.subjects.merge(DOUBLE, into=KIM)
    log.subjects.merge(THIRD, into="contact:43")
    for member in (KIM, DOUBLE, THIRD):
        timeline = log.timeline(member)
        assert titles(timeline) == titles(timeline.page()) == "543210"
        assert titles(timeline.filter(direct=True)) == "543210"
        assert (timeline.count(), timeline.exists(), timeline.first().title) == (6, True, "5")
        assert [(count.key, count.count) for count in timeline.count_by("type")] == [(("call",), 6)]
        assert titles(timeline.filter(since=NOON + HOUR, until=NOON + 3 * HOUR).oldest_first()) == "12"
    assert titles(log.timeline(KIM, DOUBLE)) == "543210"
    assert [a.subjects for a in log.timeline(KIM).page(3)] == [(THIRD,), (DOUBLE,), (KIM,)]
    log.record("call", DOUBLE, title="6", occurred_at=NOON + 6 * HOUR)
    assert titles(log.timeline(KIM).arrived(after=page.mark)) == "6"


def test_unmerging_restores_what_was_before(log: ActivityLog):
    fill(log, KIM, DOUBLE, THIRD)
    before = list(log.everything())
    log.subjects.merge(DOUBLE, into=KIM)
    log.subjects.merge(THIRD, into=DOUBLE)
    log.subjects.unmerge(DOUBLE)
    assert [titles(log.timeline(each)) for each in (KIM, DOUBLE, THIRD)] == ["30", "5421", "5421"]
    log.subjects.unmerge(THIRD)
    assert (titles(log.timeline(DOUBLE)), titles(log.timeline(THIRD))) == ("41", "52")
    assert list(log.everything()) == before
    assert not log.storage.documents("default", "alias", limit=10)
    log.subjects.merge(DOUBLE, into=THIRD)
    assert titles(log.timeline(THIRD)) == "5421"


def test_tokens_go_on_after_a_merge_and_after_it_is_undone(log: ActivityLog):
    fill(log, KIM, DOUBLE, many=12)
    timeline = log.timeline(KIM)
    first = timeline.page(2)
    assert titles(first) == "108"
    log.subjects.merge(DOUBLE, into=KIM)
    second = timeline.page(3, after=first.next)
    assert titles(second) == "765"
    assert titles(timeline.page(2, before=second.previous)) == "98"
    log.subjects.unmerge(DOUBLE)
    assert titles(timeline.page(3, after=second.next)) == "420"
    assert titles(log.timeline(KIM).page(after=first.next)) == "6420"


def test_parents_and_sources_are_read_by_their_group_too(make_log: Callable[..., ActivityLog], acme: Ref):
    log = make_log(parents=lambda refs: {ref: ["company:8"] for ref in refs if ref.kind == "contact"})
    log.record("call", KIM)
    log.record("call", THIRD, source="company:8")
    log.subjects.merge("company:8", into=acme)
    assert log.timeline(acme).count() == 2
    assert log.timeline(acme).filter(direct=True).count() == 0


def test_similar_neighbours_of_one_group_fold(log: ActivityLog):
    fill(log, KIM, DOUBLE)
    assert [fold.count for fold in log.timeline(KIM, DOUBLE).folded(HOUR)] == [1] * 6
    log.subjects.merge(DOUBLE, into=KIM)
    assert [fold.count for fold in log.timeline(KIM).folded(HOUR)] == [6]


def test_merging_again_changes_nothing(log: ActivityLog):
    log.subjects.merge(DOUBLE, into=KIM)
    log.subjects.merge(DOUBLE, into=KIM)
    [document] = log.storage.documents("default", "alias", limit=10)
    assert document.version == 1


def test_what_cannot_be_merged_is_told_and_writes_nothing(log: ActivityLog):
    log.subjects.merge(DOUBLE, into=KIM)
    log.subjects.merge(THIRD, into=DOUBLE)
    for duplicate, into, field, why in [
        (KIM, KIM, "into", "circle"),
        (KIM, DOUBLE, "into", "circle"),
        (KIM, THIRD, "into", "circle"),
        (DOUBLE, THIRD, "duplicate", "unmerge it first"),
        (THIRD, KIM, "duplicate", "unmerge it first"),
        ("kim", KIM, "duplicate", "kind:id"),
        (Ref("contact", 50), None, "into", "names nothing"),
    ]:
        with pytest.raises(InvalidInput, match=why) as refused:
            log.subjects.merge(duplicate, into=into)
        assert refused.value.field == field
    with pytest.raises(InvalidInput, match="^duplicate: is not merged"):
        log.subjects.unmerge(KIM)
    assert len(log.storage.documents("default", "alias", limit=10)) == 2


def test_who_merges_must_be_named_and_is_kept(make_log: Callable[..., ActivityLog]):
    log = make_log(actor=None)
    with pytest.raises(InvalidInput, match="^actor: "):
        log.subjects.merge(DOUBLE, into=KIM)
    with scope(actor=Actor.user(3)):
        log.subjects.merge(DOUBLE, into=KIM)
    with pytest.raises(InvalidInput, match="^actor: "):
        log.subjects.unmerge(DOUBLE)
    [document] = log.storage.documents("default", "alias", limit=10)
    assert '"by":"user:3"' in document.body


def test_a_group_has_at_most_100(log: ActivityLog):
    for number in range(100, 199):
        log.subjects.merge(Ref("contact", number), into=KIM)
    assert not log.timeline(Ref("contact", 150)).exists()
    for duplicate, into in [(DOUBLE, KIM), (KIM, DOUBLE)]:
        with pytest.raises(TooManySubjects):
            log.subjects.merge(duplicate, into=into)
    with pytest.raises(TooManySubjects):
        log.timeline(KIM, DOUBLE).page()
    log.subjects.unmerge("contact:150")
    log.subjects.merge(DOUBLE, into=KIM)


def test_merging_in_one_tenant_changes_nothing_in_another(log: ActivityLog):
    for tenant in ("north", "south"):
        with scope(tenant=tenant):
            fill(log, KIM, DOUBLE)
    with scope(tenant="north"):
        log.subjects.merge(DOUBLE, into=KIM)
        assert log.timeline(KIM).count() == 6
    with scope(tenant="south"):
        assert log.timeline(KIM).count() == 3
        with pytest.raises(InvalidInput):
            log.subjects.unmerge(DOUBLE)
        log.subjects.merge(KIM, into=DOUBLE)
        assert titles(log.timeline(DOUBLE)) == "543210"


def test_a_merge_lives_and_dies_with_its_transaction(transactional_log: ActivityLog):
    log = transactional_log
    fill(log, KIM, DOUBLE)
    with pytest.raises(ZeroDivisionError), log.transaction():
        log.subjects.merge(DOUBLE, into=KIM)
        assert log.timeline(KIM).count() == 6
        _ = 1 / 0
    assert log.timeline(KIM).count() == 3
    with log.transaction():
        log.subjects.merge(DOUBLE, into=KIM)
    assert log.timeline(KIM).count() == 6


def test_the_cost_does_not_depend_on_the_entries(log: ActivityLog, monkeypatch: pytest.MonkeyPatch):
    fill(log, KIM, DOUBLE, many=30)
    called: list[str] = []
    for name in ("append", "replace", "rewrite", "fetch", "get", "count", "versions", "delete"):
        monkeypatch.setattr(type(log.storage), name, lambda *_, name=name, **__: called.append(name))
    log.subjects.merge(DOUBLE, into=KIM)
    log.subjects.unmerge(DOUBLE)
    assert called == []


@contextmanager
def meanwhile(log: ActivityLog, monkeypatch: pytest.MonkeyPatch, into: dict[Ref, Ref]) -> Iterator[None]:
    """Let another writer's documents appear between the look of a merge and its writing."""
    put = type(log.storage).put_document
    waiting = list(into.items())

    def late(store: Storage, document: Document, /, *, expected_version: int) -> None:
        while waiting:
            duplicate, target = waiting.pop()
            log.subjects.merge(duplicate, into=target)
        put(store, document, expected_version=expected_version)

    with monkeypatch.context() as patched:
        patched.setattr(type(log.storage), "put_document", late)
        yield


def test_a_circle_that_another_writer_closes_is_taken_back(log: ActivityLog, monkeypatch: pytest.MonkeyPatch):
    fill(log, KIM, DOUBLE)
    with meanwhile(log, monkeypatch, {KIM: DOUBLE}), pytest.raises(WriteConflict) as conflict:
        log.subjects.merge(DOUBLE, into=KIM)
    assert conflict.value.retry
    assert len(log.storage.documents("default", "alias", limit=10)) == 1
    with pytest.raises(InvalidInput, match="circle"):
        log.subjects.merge(DOUBLE, into=KIM)
    assert log.timeline(DOUBLE).count() == 6


def test_of_two_who_merge_one_duplicate_the_later_is_told(log: ActivityLog, monkeypatch: pytest.MonkeyPatch):
    with meanwhile(log, monkeypatch, {DOUBLE: THIRD}), pytest.raises(InvalidInput, match="unmerge it first"):
        log.subjects.merge(DOUBLE, into=KIM)
    log.subjects.unmerge(DOUBLE)
    with meanwhile(log, monkeypatch, {DOUBLE: KIM}):
        log.subjects.merge(DOUBLE, into=KIM)
    assert len(log.storage.documents("default", "alias", limit=10)) == 1


def test_merges_in_opposite_directions_leave_no_circle(log: ActivityLog):
    fill(log, KIM, DOUBLE)
    for _ in range(10):
        barrier = Barrier(2)
        ended: list[BaseException | None] = []

        def merge(duplicate: Ref, into: Ref, barrier: Barrier = barrier, ended: list[Any] = ended) -> None:
            barrier.wait()
            try:
                log.subjects.merge(duplicate, into=into)
                ended.append(None)
            except (WriteConflict, InvalidInput) as error:
                ended.append(error)

        threads = [Thread(target=merge, args=pair) for pair in ((KIM, DOUBLE), (DOUBLE, KIM))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        merged = log.storage.documents("default", "alias", limit=10)
        assert ended.count(None) == len(merged) <= 1
        assert len(ended) == 2
        assert log.timeline(KIM).count() == (6 if merged else 3)
        for duplicate in (KIM, DOUBLE):
            with suppress(InvalidInput):
                log.subjects.unmerge(duplicate)


def parts(into: dict[int, int]) -> dict[int, frozenset[int]]:
    groups = {number: {number} for number in range(6)}
    for duplicate, target in into.items():
        joined = groups[duplicate] | groups[target]
        groups.update(dict.fromkeys(joined, joined))
    return {number: frozenset(group) for number, group in groups.items()}


@settings(max_examples=effort(15, least=6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 5)), max_size=12))
def test_a_group_is_what_hangs_together(log: ActivityLog, steps: list[tuple[int, int]]):
    with scope(tenant=f"t{len(log.storage.tenants(limit=1000))}"):
        for number in range(6):
            log.record("call", Ref("contact", number), title=str(number))
        into: dict[int, int] = {}
        for duplicate, target in steps:
            possible = target in (into.get(duplicate, target), -1)
            try:
                if target < 0:
                    log.subjects.unmerge(Ref("contact", duplicate))
                    del into[duplicate]
                else:
                    circle = duplicate not in into and target in parts(into)[duplicate]
                    log.subjects.merge(Ref("contact", duplicate), into=Ref("contact", target))
                    assert possible
                    assert not circle
                    into[duplicate] = target
            except InvalidInput:
                assert target < 0 or circle or duplicate in into
        for number, group in parts(into).items():
            assert {int(a.title) for a in log.timeline(Ref("contact", number))} == group


# -- relinking ---------------------------------------------------------------------------------------------------------


class Hosts:
    """The host's parents, which change."""

    def __init__(self) -> None:
        self.above: dict[Ref, list[Any]] = {}
        self.calls = 0

    def __call__(self, refs: Collection[Ref]) -> dict[Ref, list[Any]]:
        self.calls += 1
        return {ref: self.above[ref] for ref in refs if ref in self.above}


@pytest.fixture
def hosts() -> Hosts:
    return Hosts()


@pytest.fixture
def family(make_log: Callable[..., ActivityLog], hosts: Hosts) -> ActivityLog:
    return make_log(parents=hosts)


def test_relinking_moves_entries_to_the_parents_of_now(family: ActivityLog, hosts: Hosts, acme: Ref):
    log, bolt, group = family, Ref("company", 8, "Bolt"), Ref("group", 1)
    hosts.above = {KIM: [acme]}
    entry = log.record("call", KIM, note="Hello", data={"minutes": 5}, source="ticket:1")
    log.record("call", KIM, THIRD, title="both")
    log.record("call", THIRD)
    log.archive(log.record("call", KIM))
    log.delete(log.record("call", KIM))
    hosts.above = {KIM: [bolt], bolt: [group]}
    assert log.subjects.relink(KIM) == 4
    assert log.timeline(acme).filter(archived=None, deleted=None).count() == 0
    assert log.timeline(bolt).filter(archived=None, deleted=None).count() == 4
    assert log.timeline(group).count() == 2
    now = log.get(entry)
    assert (now.parents, now.subjects, now.source) == ((bolt, group), (KIM,), Ref("ticket", 1))
    assert (now.note, now.data, now.version) == ("Hello", {"minutes": 5}, 2)
    assert [revision.action for revision in log.history(entry)] == ["recorded", "relinked"]
    assert log.timeline(bolt).filter(search="bolt hello").count() == 1
    assert not log.timeline(bolt).filter(search="acme").exists()
    assert log.subjects.relink(KIM) == 0
    assert log.get(entry).version == 2


def test_relinking_keeps_the_names_of_what_stays(family: ActivityLog, hosts: Hosts, acme: Ref):
    hosts.above = {KIM: [acme]}
    entry = family.record("call", KIM)
    hosts.above = {KIM: [Ref("company", 8), Ref("company", 7)]}
    family.subjects.relink(KIM)
    assert [parent.label for parent in family.get(entry).parents] == ["", "ACME"]
    hosts.above = {KIM: ["company:7", "company:8"]}
    assert family.subjects.relink(KIM) == 0


def test_relinking_a_group_asks_for_the_one_it_was_merged_into(family: ActivityLog, hosts: Hosts, acme: Ref):
    old = family.record("call", DOUBLE)
    hosts.above = {KIM: [acme], DOUBLE: ["company:9"]}
    family.subjects.merge(DOUBLE, into=KIM)
    assert family.subjects.relink(KIM) == 1
    assert (family.get(old).parents, family.get(old).subjects) == ((acme,), (DOUBLE,))
    family.subjects.unmerge(DOUBLE)
    assert family.subjects.relink(DOUBLE) == 1
    assert family.get(old).parents == (Ref("company", 9),)


def test_relinking_goes_in_parts(family: ActivityLog, hosts: Hosts, acme: Ref):
    fill(family, KIM, many=250)
    hosts.above = {KIM: [acme]}
    hosts.calls = 0
    assert family.subjects.relink(KIM) == 250
    assert hosts.calls == 3 * 2, "three parts, each asked for the contact and for its company"
    assert family.timeline(acme).count() == 250


def test_relinking_needs_parents(log: ActivityLog):
    with pytest.raises(InvalidInput, match="^parents: "):
        log.subjects.relink(KIM)


def test_in_a_circle_one_stands_for_all():
    groups = Groups.of_aliases({"a:2": "a:1", "a:1": "a:3", "a:3": "a:2", "a:4": "a:3"})
    assert {groups.root(f"a:{number}") for number in (1, 2, 3, 4)} == {"a:1"}


def test_who_is_read_as_one_is_told(log: ActivityLog, kim: Ref):
    assert log.subjects.group("contact:1") == (Ref("contact", 1),)
    log.subjects.merge("contact:2", into="contact:1")
    log.subjects.merge("contact:1", into=kim)
    expected = (Ref("contact", 1), Ref("contact", 2), kim)
    assert log.subjects.group(kim) == log.subjects.group("contact:2") == expected
    with pytest.raises(InvalidInput):
        log.subjects.group("nobody")
