"""Timelines: filters, orders, pages, tokens, arrivals, folds and counts."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activitylog import Activity, ActivityLog, Actor, Draft, Fold, Page, Ref, scope
from activitylog.errors import InvalidCursor, InvalidInput, StorageUnavailable, TooManySubjects
from effort import effort

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEA, TOM = Actor.user(3, "Lea"), Actor.user(4, "Tom")


def calls(log: ActivityLog, *subjects: Any, count: int, step: timedelta = MINUTE) -> list[Activity]:
    return list(log.record_many(Draft("call", *subjects, occurred_at=NOON + step * n) for n in range(count)))


def notes(items: Iterable[Activity]) -> list[str]:
    return [item.note for item in items]


def test_newest_first_and_late_entries_take_their_place(log: ActivityLog, kim: Ref):
    for note, minute in [("a", 0), ("c", 2), ("b", 1), ("c2", 2)]:
        log.record("call", kim, note=note, occurred_at=NOON + MINUTE * minute)
    assert notes(log.timeline(kim)) == ["c2", "c", "b", "a"]
    assert notes(log.timeline(kim).oldest_first()) == ["a", "b", "c", "c2"]
    assert log.timeline(kim).first().note == "c2"


def test_an_entry_of_several_subjects_comes_once(log: ActivityLog, kim: Ref, acme: Ref):
    log.record("call", kim, note="kim")
    log.record("call", kim, acme, note="both")
    log.record("call", acme, note="acme")
    log.record("call", "contact:1", note="other")
    both = log.timeline(kim, acme)
    assert notes(both) == ["acme", "both", "kim"]
    assert both.count() == 3
    assert log.everything().count() == 4
    assert notes(log.timeline(kim, kim)) == ["both", "kim"]
    pages = []
    token = None
    while True:
        page = both.page(1, after=token)
        pages += notes(page)
        token = page.next
        if token is None:
            break
    assert pages == ["acme", "both", "kim"]


def test_a_tenant_is_a_wall_and_is_fixed_when_the_timeline_is_made(log: ActivityLog, kim: Ref):
    log.record("call", kim, note="here")
    with scope(tenant="other"):
        assert not log.timeline(kim).exists()
        log.record("call", kim, note="there")
        there = log.timeline(kim)
    assert notes(there) == ["there"]
    assert notes(log.timeline(kim)) == ["here"]


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({}, "abcd"),
    ({"types": "call"}, "ab"),
    ({"types": ("call", "mail")}, "abd"),
    ({"types": []}, ""),
    ({"types": None}, "abcd"),
    ({"types": "nothing"}, ""),
    ({"category": "communication"}, "ab"),
    ({"channel": "phone"}, "ab"),
    ({"direction": "incoming"}, "a"),
    ({"direction": ("incoming", "")}, "abcd"),
    ({"actor": LEA}, "ab"),
    ({"actor": [LEA, "user:4"]}, "abcd"),
    ({"on_behalf_of": "contact:42"}, "d"),
    ({"assignee": LEA}, "c"),
    ({"team": "south"}, "b"),
    ({"status": "open"}, "c"),
    ({"status": ("open", "draft")}, "cd"),
    ({"open": True}, "cd"),
    ({"open": False}, ""),
    ({"source": "ticket:1"}, "a"),
    ({"conversation": "c1"}, "bd"),
    ({"tags": "x"}, "ab"),
    ({"tags": ["y", "z"]}, "bc"),
    ({"since": NOON + MINUTE}, "bcd"),
    ({"until": NOON + MINUTE}, "a"),
    ({"since": NOON + MINUTE, "until": NOON + MINUTE * 3}, "bc"),
    ({"since": date(2026, 3, 2)}, ""),
    ({"until": date(2026, 3, 2)}, "abcd"),
    ({"since": NOON + timedelta(microseconds=1)}, "bcd"),
    ({"until": NOON + timedelta(microseconds=1)}, "a"),
    ({"due_until": NOON + timedelta(days=1)}, "c"),
    ({"due_until": NOON}, ""),
    ({"search": "QUOT"}, "b"),
    ({"search": "quote friday"}, "b"),
    ({"search": "quote monday"}, ""),
    ({"search": "mueller"}, ""),
    ({"search": "MÜLLER"}, "c"),
    ({"search": "deep"}, "d"),
    ({"search": "weber"}, "abcd"),
    ({"search": "…"}, "abcd"),
    ({"pinned": True}, "c"),
    ({"pinned": False}, "abd"),
    ({"direct": True}, "abcd"),
    ({"archived": True}, "e"),
    ({"archived": None}, "abcde"),
    ({"deleted": True}, "f"),
    ({"archived": None, "deleted": None}, "abcdef"),
    ({"types": "call", "tags": "y"}, "b"),
]


@pytest.fixture
def filled(log: ActivityLog, kim: Ref) -> ActivityLog:
    first = log.record(
        "call", kim, note="a", occurred_at=NOON, direction="incoming", tags=["x"], actor=LEA, source="ticket:1"
    )
    log.record(
        "call", kim, note="b", occurred_at=NOON + MINUTE, tags=["x", "y"], team="south", actor=LEA,
        title="Quote by Friday", conversation="c1",
    )  # fmt: skip
    log.record(
        "task", kim, "contact:9", note="c", occurred_at=NOON + MINUTE * 2, tags=["z"], assignee=LEA, actor=TOM,
        due_at=NOON, pinned=True, title="Müller",
    )  # fmt: skip
    log.record(
        "mail", kim, note="d", occurred_at=NOON + MINUTE * 3, actor=TOM.on_behalf_of(kim), conversation="c1",
        data={"x": [{"y": "so deep"}]},
    )  # fmt: skip
    log.archive(log.record("call", kim, note="e", occurred_at=NOON + MINUTE * 4))
    log.delete(log.record("call", kim, note="f", occurred_at=NOON + MINUTE * 5))
    log.record("call", "contact:7", note="g", tags=["x"])
    assert first.created
    return log


@pytest.mark.parametrize("filters", range(len(FILTERS)))
def test_filters(filled: ActivityLog, kim: Ref, filters: int):
    given_filters, expected = FILTERS[filters]
    timeline = filled.timeline(kim).filter(**given_filters)
    assert "".join(notes(timeline.oldest_first())) == expected
    assert timeline.count() == len(expected)
    assert timeline.exists() == bool(expected)
    assert notes(timeline.page(2)) == list(reversed(expected))[:2]
    several = filled.timeline(kim, "contact:9").filter(**given_filters)
    assert "".join(notes(several.oldest_first())) == expected


def test_filters_add_up(filled: ActivityLog, kim: Ref):
    timeline = filled.timeline(kim).filter(types="call").filter(tags="y")
    assert notes(timeline) == ["b"]
    assert notes(timeline.filter(types="mail")) == []
    assert notes(filled.timeline(kim).filter(archived=None).filter(archived=False).oldest_first()) == list("abcd")
    assert notes(filled.everything().filter(actor=LEA, types="call", search="nope").oldest_first()) == []
    assert notes(filled.everything().filter(actor=LEA, types="call", search="b")) == ["b"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"types": 5},
        {"types": [Ref]},
        {"actor": 5},
        {"actor": ["nobody"]},
        {"since": datetime(2026, 1, 1)},  # noqa: DTZ001
        {"until": "now"},
        {"search": 5},
        {"search": b"x"},
        {"open": "yes"},
        {"pinned": 1},
        {"archived": "no"},
        {"tags": [5]},
        {"nothing": 1},
        {"status": "x" * 300},
    ],
)
def test_a_bad_filter_is_named(log: ActivityLog, kim: Ref, wrong: dict[str, Any]):
    with pytest.raises(InvalidInput) as caught:
        log.timeline(kim).filter(**wrong)
    assert caught.value.field == next(iter(wrong))


def test_open_is_a_status_that_is_not_final(log: ActivityLog, kim: Ref):
    task, other = log.record("task", kim, note="1"), log.record("task", kim, note="2")
    log.record("call", kim)
    log.transition(task, "done")
    log.transition(other, "waiting")
    assert notes(log.timeline(kim).filter(open=True)) == ["2"]
    assert notes(log.timeline(kim).filter(open=False)) == ["1"]


def test_by_due_puts_what_is_due_first_first(log: ActivityLog, kim: Ref):
    for note, day in [("never", None), ("late", 9), ("soon", 2), ("soon2", 2)]:
        log.record("task", kim, note=note, assignee=LEA, due_at=day and NOON + timedelta(days=day))
    log.record("task", "contact:1", note="elsewhere", assignee=LEA, due_at=NOON)
    assert notes(log.timeline(kim).by_due()) == ["soon", "soon2", "late", "never"]
    mine = log.everything().filter(assignee=LEA).by_due()
    assert notes(mine) == ["elsewhere", "soon", "soon2", "late", "never"]
    page = mine.page(2)
    assert notes(mine.page(2, after=page.next)) == ["soon2", "late"]


# -- pages ----------------------------------------------------------------------------------------------------------


def test_pages_lead_both_ways(log: ActivityLog, kim: Ref):
    expected = [entry.id for entry in reversed(calls(log, kim, count=7))]
    timeline = log.timeline(kim)
    first = timeline.page(3)
    second = timeline.page(3, after=first.next)
    third = timeline.page(3, after=second.next)
    assert [item.id for page in (first, second, third) for item in page] == expected
    assert (first.previous, third.next) == (None, None)
    back = timeline.page(3, before=third.previous)
    assert back.items == second.items
    front = timeline.page(3, before=back.previous)
    assert (front.items, front.previous) == (first.items, None)
    assert timeline.page(3, after=front.next).items == second.items
    assert timeline.page(9, after=first.next, before=third.previous).items == second.items
    assert timeline.page(7).next is None
    assert len(first) == 3
    assert first[0] == first.items[0]
    assert isinstance(first, Page)
    assert list(timeline.page(3, before=first.next).items) == list(first.items[:2])


def test_entries_that_come_and_go_neither_double_nor_hide_others(log: ActivityLog, kim: Ref):
    entries = calls(log, kim, count=6)
    timeline = log.timeline(kim)
    first = timeline.page(2)
    log.record("call", kim, occurred_at=NOON + MINUTE * 100)
    log.delete(entries[4])
    log.delete(entries[2])
    second = timeline.page(2, after=first.next)
    assert list(second.items) == [entries[3], entries[1]]


def test_a_page_beyond_the_end_leads_back(log: ActivityLog, kim: Ref):
    entries = calls(log, kim, count=2)
    timeline = log.timeline(kim)
    first = timeline.page(1)
    log.delete(entries[0])
    empty = timeline.page(1, after=first.next)
    assert (empty.items, empty.next) == ((), None)
    assert timeline.page(1, before=empty.previous).items == first.items
    log.delete(entries[1])
    front = timeline.page(1, before=empty.previous)
    assert (front.items, front.previous) == ((), None)
    log.restore(entries[1])
    back = timeline.page(1, after=front.next)
    assert timeline.page(1, before=back.previous).items == (log.get(entries[1]),)


@pytest.mark.parametrize("wrong", [0, -1, 10**9, 1001, 1.5, "20", True, None])
def test_a_limit_that_does_not_fit_is_refused(log: ActivityLog, kim: Ref, wrong: Any):
    with pytest.raises(InvalidInput, match="^limit: "):
        log.timeline(kim).page(wrong)


def test_tokens_are_bound_to_their_timeline(log: ActivityLog, kim: Ref, acme: Ref):
    calls(log, kim, acme, count=3)
    token = log.timeline(kim).page(1).next
    others = [log.timeline(acme), log.timeline(kim, acme), log.everything(), log.timeline(kim).oldest_first()]
    others.append(log.timeline(kim).by_due())
    with scope(tenant="other"):
        others.append(log.timeline(kim))
    flipped = token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]
    for other in others:
        with pytest.raises(InvalidCursor):
            other.page(1, after=token)
        with pytest.raises(InvalidCursor):
            other.page(1, before=token)
    for wrong in (token[:-1], token[:-4], token[4:], flipped, "", "x", "é", token + "=", token + "AAAA", 5, b"x"):
        with pytest.raises(InvalidCursor):
            log.timeline(kim).page(1, after=wrong)
    with pytest.raises(InvalidCursor):
        log.timeline(kim).arrived(after=token)
    assert len(log.timeline(kim).filter(types="call").page(1, after=token)) == 1
    several = log.timeline(acme, kim).page(1).next
    assert len(log.timeline(kim, acme).page(1, after=several)) == 1


def test_tokens_hold_in_another_process_and_with_a_given_key(make_log, log: ActivityLog, kim: Ref):
    calls(log, kim, count=3)
    token = log.timeline(kim).page(1).next
    again = ActivityLog(log.storage, types=log.types)
    assert len(again.timeline(kim).page(1, after=token)) == 1
    keyed = ActivityLog(log.storage, types=log.types, cursor_key="secret")
    with pytest.raises(InvalidCursor):
        keyed.timeline(kim).page(1, after=token)
    other = ActivityLog(log.storage, types=log.types, cursor_key=b"secret")
    assert len(other.timeline(kim).page(1, after=keyed.timeline(kim).page(1).next)) == 1


def test_a_timeline_is_a_question(log: ActivityLog, kim: Ref):
    with pytest.raises(TypeError, match="exists"):
        bool(log.timeline(kim))
    with pytest.raises(TypeError):
        len(log.timeline(kim))
    assert log.timeline(kim).first() is None
    assert isinstance(log.timeline(kim).explain(), str)


def test_too_many_or_no_subjects_for_a_timeline(log: ActivityLog):
    with pytest.raises(TooManySubjects):
        log.timeline(*[f"contact:{number}" for number in range(101)])
    assert log.timeline(*[f"contact:{number}" for number in range(100)]).count() == 0
    with pytest.raises(TypeError):
        log.timeline()


def test_iteration_goes_beyond_its_parts(log: ActivityLog, kim: Ref):
    log.record_many(Draft("call", kim, occurred_at=NOON) for _ in range(1203))
    ids = [entry.id for entry in log.timeline(kim)]
    assert len(set(ids)) == 1203
    assert ids == sorted(ids, reverse=True)


def test_iteration_holds_a_part_at_a_time(log: ActivityLog):
    peaks = []
    for subject, many in (("contact:1", 1_100), ("contact:2", 2_800)):
        log.record_many(Draft("call", subject, note="x" * 500) for _ in range(many))
        tracemalloc.start()
        assert sum(1 for _ in log.timeline(subject)) == many
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


# -- arrivals -------------------------------------------------------------------------------------------------------


def test_what_arrived_since_a_page(log: ActivityLog, kim: Ref):
    calls(log, kim, count=2)
    timeline = log.timeline(kim)
    page = timeline.page()
    assert timeline.arrived(after=page.mark).items == ()
    late = log.record("call", kim, note="late", occurred_at=NOON - timedelta(days=9))
    log.record("call", "contact:1")
    new = log.record("call", kim, note="new")
    arrived = timeline.arrived(after=page.mark)
    assert list(arrived.items) == [late, new]
    one = timeline.arrived(after=page.mark, limit=1)
    assert (list(one.items), list(timeline.arrived(after=one.mark).items)) == ([late], [new])
    assert timeline.arrived(after=arrived.mark).items == ()
    assert arrived.to_dict()["mark"] == arrived.mark


# -- folds ----------------------------------------------------------------------------------------------------------


def test_similar_neighbours_fold(log: ActivityLog, kim: Ref):
    for minute in (0, 1, 2, 10, 11):
        log.record("call", kim, occurred_at=NOON + MINUTE * minute)
    log.record("task", kim, occurred_at=NOON + MINUTE * 12)
    log.record("call", kim, occurred_at=NOON + MINUTE * 13, actor=TOM)
    log.record("call", kim, "contact:1", occurred_at=NOON + MINUTE * 14, actor=TOM)
    folded = log.timeline(kim).folded(MINUTE)
    assert [fold.count for fold in folded] == [1, 1, 1, 2, 3]
    page = folded.page(4)
    assert [fold.count for fold in page] == [1, 1, 1, 2]
    rest = folded.page(4, after=page.next)
    assert [fold.count for fold in rest] == [3]
    assert (rest[0].first.occurred_at, rest[0].last.occurred_at) == (NOON + MINUTE * 2, NOON)
    assert folded.page(4, before=rest.previous).items == page.items
    assert isinstance(folded.first(), Fold)
    assert folded.page(1).to_dict()["items"][0]["count"] == 1
    assert folded.count() == 8
    for wrong in (-MINUTE, 5, None):
        with pytest.raises(InvalidInput, match="^window"):
            log.timeline(kim).folded(wrong)


def test_a_fold_of_more_than_a_hundred_is_cut(log: ActivityLog, kim: Ref):
    calls(log, kim, count=250)
    folded = log.timeline(kim).folded(MINUTE)
    assert [fold.count for fold in folded] == [100, 100, 50]
    first = folded.page(1)
    second = folded.page(1, after=first.next)
    seen = [*first[0].activities, *second[0].activities, *folded.page(1, after=second.next)[0].activities]
    assert seen == list(log.timeline(kim))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=effort(25, least=10))
@given(
    entries=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=25),
    size=st.integers(1, 5),
    window=st.integers(0, 3),
    newest=st.booleans(),
)
def test_folds_hold_every_entry_once_in_order(
    log: ActivityLog, entries: list[tuple[int, bool]], size: int, window: int, newest: bool
):
    subject = Ref("contact", str(id(entries)) + str(len(list(log.everything()))))
    for minute, call in entries:
        log.record("call" if call else "visit", subject, occurred_at=NOON + MINUTE * minute)
    timeline = log.timeline(subject)
    timeline = timeline if newest else timeline.oldest_first()
    folded = timeline.folded(MINUTE * window)
    pages, token = [], None
    while True:
        page = folded.page(size, after=token)
        pages.append(page)
        token = page.next
        if token is None:
            break
    folds = [fold for page in pages for fold in page]
    assert [a for fold in folds for a in fold.activities] == list(timeline)
    assert folds == list(folded)
    for earlier, later in pairwise(pages):
        assert folded.page(size, before=later.previous).items == earlier.items


# -- counts ---------------------------------------------------------------------------------------------------------


def test_counts_by_dimensions(filled: ActivityLog, kim: Ref):
    timeline = filled.timeline(kim)

    def counted(*dimensions: str, **options: Any) -> dict[tuple[Any, ...], int]:
        return {count.key: count.count for count in timeline.count_by(*dimensions, **options)}

    assert counted("type") == {("call",): 2, ("mail",): 1, ("task",): 1}
    assert counted("category") == {("",): 1, ("communication",): 2, ("task",): 1}
    assert counted("channel", "direction") == {("", ""): 2, ("phone", ""): 1, ("phone", "incoming"): 1}
    assert counted("actor") == {(LEA.ref,): 2, (TOM.ref,): 2}
    assert counted("team") == {("",): 3, ("south",): 1}
    assert counted("status") == {("",): 2, ("draft",): 1, ("open",): 1}
    assert counted("assignee") == {(None,): 3, (LEA.ref,): 1}
    assert counted("subject") == {(kim,): 4, (Ref("contact", 9),): 1}
    assert counted("day", "type") == {
        (date(2026, 3, 1), "call"): 2,
        (date(2026, 3, 1), "mail"): 1,
        (date(2026, 3, 1), "task"): 1,
    }
    assert counted("month") == {(date(2026, 3, 1),): 4}
    assert counted("week") == {(date(2026, 2, 23),): 4}
    assert timeline.filter(types=[]).count_by("type") == []
    assert timeline.filter(types=[]).count() == 0
    assert timeline.count(at_most=3) == 3
    for wrong in ((), ("colour",), ("type", "type"), ("day", "week")):
        with pytest.raises(InvalidInput, match="^dimensions"):
            timeline.count_by(*wrong)
    with pytest.raises(InvalidInput, match="^tz"):
        timeline.count_by("day", tz="Mars")
    with pytest.raises(InvalidInput, match="^at_most"):
        timeline.count(at_most=0)


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_time_is_counted_exactly_over_changes_of_offset(log: ActivityLog, name: str):
    tz = ZoneInfo(name)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    times = [start + timedelta(hours=7, minutes=7) * step for step in range(1300)]
    for change in (datetime(2025, 10, 26, tzinfo=UTC), datetime(2025, 3, 30, tzinfo=UTC)):
        times += [change + timedelta(minutes=20) * step for step in range(-9, 12)]
    log.record_many(Draft("call", "contact:1", occurred_at=time) for time in times)
    timeline = log.timeline("contact:1")

    def expected(cut: Any) -> dict[Any, int]:
        found: dict[Any, int] = {}
        for time in times:
            key = cut(time.astimezone(tz))
            found[key] = found.get(key, 0) + 1
        return found

    for unit, cut in {
        "day": lambda local: local.date(),
        "week": lambda local: local.date() - timedelta(days=local.weekday()),
        "month": lambda local: local.date().replace(day=1),
    }.items():
        assert {count.key[0]: count.count for count in timeline.count_by(unit, tz=name)} == expected(cut)
    hours = timeline.count_by("hour", tz=tz)
    assert len({count.key[0] for count in hours}) == len(hours)
    assert sum(count.count for count in hours) == len(times)
    hour = {(count.key[0].replace(tzinfo=None), count.key[0].utcoffset()): count.count for count in hours}
    assert hour == expected(lambda local: (local.replace(minute=0, tzinfo=None), local.utcoffset()))
    assert [count.key for count in hours] == sorted(count.key for count in hours)


def test_days_are_counted_right_over_many_years(log: ActivityLog):
    tz = ZoneInfo("Europe/Berlin")
    times = [datetime(year, month, 15, 22, 30, tzinfo=UTC) for year in range(2019, 2027) for month in range(1, 11)]
    log.record_many(Draft("visit", "contact:1", occurred_at=time) for time in times)
    found = log.timeline("contact:1").by_due().count_by("day", tz="Europe/Berlin")
    assert [count.key[0] for count in found] == sorted(time.astimezone(tz).date() for time in times)


def test_an_older_draft_recorded_after_a_mark_has_arrived(make_log, kim: Ref):
    log = make_log(clock=lambda: NOON)
    draft = Draft("visit", kim)
    before = log.record("visit", kim)
    mark = log.timeline(kim).page().mark
    assert list(log.timeline(kim).arrived(after=mark)) == []
    late = log.record(draft)
    new = log.record("visit", kim)
    assert set(log.timeline(kim).arrived(after=mark)) == {late, new}
    assert before.recorded_at == new.recorded_at == NOON


def test_counts_and_dimensions_of_the_wrong_kind(log: ActivityLog, kim: Ref):
    for wrong in (True, 2**63, 1.5, "3"):
        with pytest.raises(InvalidInput, match="^at_most"):
            log.timeline(kim).count(at_most=wrong)
    with pytest.raises(InvalidInput, match="^dimensions"):
        log.timeline(kim).count_by(["day"])


def test_a_page_can_be_read_while_the_store_cannot_be_written(log: ActivityLog, kim: Ref):
    class ReadOnly(type(log.storage)):
        def put_document(self, document: Any, /, *, expected_version: int) -> None:
            raise StorageUnavailable("read-only")

    log.record("call", kim)
    log.storage.put_document(evolve(log.storage.documents("default", "key", limit=1)[0], body=None), expected_version=1)
    store = log.storage
    store.__class__ = ReadOnly
    again = ActivityLog(store, types=log.types)
    assert len(again.timeline(kim).page(1)) == 1


def test_types_can_be_named_by_their_declaration_and_their_data(log: ActivityLog, kim: Ref):
    data = log.types["invoice.issued"].data
    log.record(data("1", Decimal(1)), kim)
    log.record("call", kim)
    for named in (data, log.types["invoice.issued"], [data, "nothing"]):
        assert [entry.type for entry in log.timeline(kim).filter(types=named)] == ["invoice.issued"]


def test_zones_that_cannot_be_told_apart_are_refused(log: ActivityLog, kim: Ref):
    class Odd(tzinfo):
        def __eq__(self, _: object) -> bool:
            return True

        __hash__ = None

    with pytest.raises(InvalidInput, match="^tz"):
        log.timeline(kim).count_by("day", tz=Odd())


def test_bounds_at_the_end_of_time(log: ActivityLog, kim: Ref):
    log.record("call", kim)
    for wrong in (date(9999, 12, 31), date(1, 1, 1)):
        with pytest.raises(InvalidInput):
            log.timeline(kim).filter(since=wrong)
