"""Clauses 6: counts, by values, by time and by cases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from activitylog.storage import (
    Between,
    Bucket,
    Field,
    Has,
    In,
    Mention,
    Not,
    Order,
    Storage,
    Tally,
    Unit,
    Where,
    bucket_start,
)
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.samples import KIM, TRICKY_TEXTS, at, link, place, query, record

__all__ = ["BERLIN", "Counting", "numbers", "tallies"]

HOUR = 3_600_000


def _ms(year: int, month: int, day: int, hour: int) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * 1000


BERLIN = ((_ms(2025, 10, 26, 1), HOUR), (_ms(2026, 3, 29, 1), 2 * HOUR), (_ms(2026, 10, 25, 1), HOUR))
"""The offsets of Europe/Berlin around the year 2026."""

Key = tuple[object, ...]


def _told(part: str | datetime) -> object:
    return (part, part.utcoffset()) if isinstance(part, datetime) else part


def tallies(found: Iterable[Tally]) -> dict[Key, tuple[object, ...]]:
    """Return tallies by key, in which starts at one instant but with different offsets differ; a repeated key fails."""
    listed = [(tuple(map(_told, one.key)), (one.numbers, one.first_at, one.last_at)) for one in found]
    assert len(listed) == len(dict(listed)), "a key comes twice"
    return dict(listed)


def numbers(found: Iterable[Tally]) -> dict[Key, tuple[int, ...]]:
    """Return the numbers of tallies by their key."""
    found = list(found)
    tallies(found)
    return {one.key: one.numbers for one in found}


class Counting(Harness):
    """Counts, by values, by time and by cases."""

    def test_one_tally(self, storage: Storage) -> None:
        """6.1 Without ``by`` and ``bucket`` there is exactly one tally, of the key ``()``."""
        storage.append([record(minutes=n) for n in range(5)])
        assert [Tally((), (5,), at(0), at(4))] == list(storage.count(query()))

    def test_of_nothing(self, storage: Storage) -> None:
        """6.2 Of nothing, that one tally has zeros and no times; with ``by`` or ``bucket`` there is none."""
        nothing = query(where=In(Field.TYPE, ["none"]))
        assert [Tally((), (0,), None, None)] == list(storage.count(nothing))
        assert [Tally((), (0, 0), None, None)] == list(storage.count(nothing, cases=[In(Field.TYPE, ["a"])] * 2))
        assert list(storage.count(nothing, by=[Field.TYPE])) == []
        assert list(storage.count(nothing, bucket=Bucket(Unit.DAY, ((0, 0),)))) == []

    def test_by_value(self, storage: Storage) -> None:
        """6.3 ``by`` gives one tally per value that occurs, ``""`` included; each with its first and last time."""
        storage.append([record(minutes=n, channel="mail" if n % 3 else "") for n in range(6)])
        expected = {("mail",): ((4,), at(1), at(5)), ("",): ((2,), at(0), at(3))}
        assert expected == tallies(storage.count(query(), by=[Field.CHANNEL]))

    def test_by_several(self, storage: Storage) -> None:
        """6.4 By several fields there is one tally per combination that occurs, its key in the order of ``by``."""
        storage.append(
            [record(type=kind, team=team) for kind, team in (("a", "x"), ("a", "x"), ("b", "x"), ("b", "y"))]
        )
        expected = {("x", "a"): (2,), ("x", "b"): (1,), ("y", "b"): (1,)}
        assert expected == numbers(storage.count(query(), by=[Field.TEAM, Field.TYPE]))

    def test_by_many_valued(self, storage: Storage) -> None:
        """6.5 By a field of several values an entry counts once per value, and one without values not at all."""
        storage.append([record(tags=tags) for tags in (("a", "b"), ("a", "a"), (), ("c", "b"))])
        assert numbers(storage.count(query(), by=[Field.TAGS])) == {("a",): (2,), ("b",): (2,), ("c",): (1,)}

    def test_by_mention(self, storage: Storage) -> None:
        """6.6 Mentions give their ref: entries whose labels or roles differ count together."""
        mentions = (Mention("user:1", "Lea", "user"), Mention("user:1", "L."), Mention("user:2"), Mention(""))
        storage.append([record(actor=mention, assignee=mention, source=mention) for mention in mentions])
        expected = {("user:1",): (2,), ("user:2",): (1,), ("",): (1,)}
        for field in (Field.ACTOR, Field.ASSIGNEE, Field.SOURCE):
            assert expected == numbers(storage.count(query(), by=[field])), field

    def test_by_subjects_and_links(self, storage: Storage) -> None:
        """6.7 By ``subjects`` an entry counts for its subjects only, by ``links`` once per ref that it is linked to."""
        storage.append(
            [
                record(links=(link("a:1"), link("b:1", role="parent"), link("a:1", role="source"))),
                record(links=(link("a:1"), link("c:1"), link("a:1", "again"))),
            ]
        )
        assert numbers(storage.count(query(), by=[Field.SUBJECTS])) == {("a:1",): (2,), ("c:1",): (1,)}
        assert numbers(storage.count(query(), by=[Field.LINKS])) == {("a:1",): (2,), ("b:1",): (1,), ("c:1",): (1,)}

    def test_groups_are_exact(self, storage: Storage) -> None:
        """6.8 Groups are told apart by code point."""
        storage.append([record(status=text, tags=(text,)) for text in TRICKY_TEXTS])
        for field in (Field.STATUS, Field.TAGS):
            assert {(text,): (1,) for text in TRICKY_TEXTS} == numbers(storage.count(query(), by=[field]))

    def test_each_entry_once(self, storage: Storage) -> None:
        """6.9 An entry counts once, though it is linked to several of the subjects asked, or in several roles."""
        storage.append([record(links=(link(), link(role="parent"), link("company:7"))), record(links=(link("x:1"),))])
        assert numbers(storage.count(query(KIM, "company:7"))) == {(): (1,)}
        assert numbers(storage.count(query(KIM, "company:7"), by=[Field.TYPE])) == {("call",): (1,)}

    def test_cases(self, storage: Storage) -> None:
        """6.10 ``cases`` count, within each group, the entries for which each holds; groups and times are those of all
        entries, also of those for which no case holds.
        """
        given = (("a", "o"), ("a", "d"), ("b", "o"), ("c", "x"))
        storage.append([record(minutes=n, type=kind, status=status) for n, (kind, status) in enumerate(given)])
        cases: list[Where] = [
            In(Field.STATUS, ["o"]),
            Not(In(Field.STATUS, ["d"])),
            Between(Field.OCCURRED_AT, lt=at(1)),
        ]
        assert [Tally((), (2, 3, 1), at(0), at(3))] == list(storage.count(query(), cases=cases))
        expected = {
            ("a",): ((1, 1, 1), at(0), at(1)),
            ("b",): ((1, 1, 0), at(2), at(2)),
            ("c",): ((0, 1, 0), at(3), at(3)),
        }
        assert expected == tallies(storage.count(query(), by=[Field.TYPE], cases=cases))

    def test_cases_of_several(self, storage: Storage) -> None:
        """6.11 Cases look at the whole entry, not at the value by which it is counted."""
        storage.append([record(tags=("a", "b")), record(tags=("b",))])
        counted = storage.count(query(), by=[Field.TAGS], cases=[Has(Field.TAGS, ["a"])])
        assert numbers(counted) == {("a",): (1,), ("b",): (1,)}

    def test_count_stops_at_limit(self, storage: Storage) -> None:
        """6.12 Without ``by`` and ``bucket``, ``limit`` stops the counting at that number."""
        storage.append([record(minutes=n) for n in range(7)])
        for limit, expected in ((3, 3), (7, 7), (100, 7)):
            assert {(): (expected,)} == numbers(storage.count(query(), limit=limit))
            assert {(): (expected,)} == numbers(storage.count(query(KIM), limit=limit))

    def test_count_of_any_page(self, storage: Storage) -> None:
        """6.13 Order, positions, limit and fields of the query play no part."""
        given = [record(minutes=n) for n in range(5)]
        storage.append(given)
        here = place(given[2])
        for asked in (
            query(limit=1),
            query(after=here),
            query(before=here, order=Order.DUE),
            query(KIM, after=here, newest_first=False, limit=1),
        ):
            assert numbers(storage.count(asked)) == {(): (5,)}
            assert numbers(storage.count(asked, by=[Field.TYPE])) == {("call",): (5,)}

    def test_buckets(self, storage: Storage) -> None:
        """6.14 A bucket's key is the local start of the hour, day, week (from Monday) or month in which the entry
        occurred, an aware datetime with the offset in force at that time.
        """
        times = [datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=7 * n, minutes=13 * n) for n in range(200)]
        storage.append([record(occurred_at=time) for time in times])
        for unit in Unit:
            for offsets in (BERLIN, ((0, 0),), ((0, -9 * HOUR - HOUR // 2),), ((0, 5 * HOUR + HOUR * 3 // 4),)):
                bucket = Bucket(unit, offsets)
                expected: dict[tuple[object, ...], list[datetime]] = {}
                for time in times:
                    expected.setdefault((_told(bucket_start(bucket, time)),), []).append(time)
                counted = tallies(storage.count(query(), bucket=bucket))
                assert {key: ((len(of),), of[0], of[-1]) for key, of in expected.items()} == counted

    def test_bucket_over_change_of_offset(self, storage: Storage) -> None:
        """6.15 At a change of offset, hours that are repeated or left out are told by their offset, and an entry
        before the first offset has that one.
        """
        spring, autumn = datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        hours = [start + timedelta(hours=n) for start in (spring, autumn) for n in range(3)]
        before = datetime(1950, 7, 1, 12, tzinfo=UTC)
        storage.append([record(occurred_at=time) for time in [*hours, before]])
        counted = storage.count(query(), bucket=Bucket(Unit.HOUR, BERLIN))
        starts = sorted(one.key[0].isoformat() for one in counted if isinstance(one.key[0], datetime))
        assert starts == [
            "1950-07-01T13:00:00+01:00",
            "2026-03-29T01:00:00+01:00",
            "2026-03-29T03:00:00+02:00",
            "2026-03-29T04:00:00+02:00",
            "2026-10-25T02:00:00+01:00",
            "2026-10-25T02:00:00+02:00",
            "2026-10-25T03:00:00+01:00",
        ]

    def test_bucket_and_values(self, storage: Storage) -> None:
        """6.16 With ``by`` and ``bucket`` the key holds the values, then the start; cases count within."""
        days = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 1, 2)]
        storage.append([record(occurred_at=day, type=kind) for day, kind in zip(days, "aba", strict=True)])
        counted = storage.count(
            query(), by=[Field.TYPE], bucket=Bucket(Unit.DAY, ((0, 0),)), cases=[Not(In(Field.TYPE, ["b"]))]
        )
        first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
        assert {("a", first): (1,), ("b", first): (0,), ("a", second): (1,)} == numbers(counted)
