"""Clauses 16: the gaps between incoming entries and their answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from attrs import evolve

from activitylog.storage import Capability, Field, In, Mention, Order, Record, Storage
from activitylog.testing.contract.harness import Harness, requires
from activitylog.testing.contract.samples import KIM, TRICKY_TEXTS, at, link, place, query, record

__all__ = ["Gaps"]

MINUTE = 60_000


def asked(minutes: float, **fields: Any) -> Record:
    """Return an incoming entry."""
    return record(minutes=minutes, direction="incoming", **fields)


def answered(minutes: float, **fields: Any) -> Record:
    """Return an outgoing entry."""
    return record(minutes=minutes, direction="outgoing", **fields)


def about(*refs: str) -> tuple[Mention, ...]:
    """Return links to subjects."""
    return tuple(map(link, refs))


def waits(found: Iterable[tuple[tuple[str, ...], int | None]]) -> list[float | None]:
    """Return the waits of gaps in minutes, ascending, what was never answered last."""
    times = [None if wait is None else wait / MINUTE for _, wait in found]
    return sorted(times, key=lambda wait: (wait is None, wait))


class Gaps(Harness):
    """The gaps between incoming entries and their answers."""

    def test_who_takes_part(self, storage: Storage) -> None:
        """16.1 Of the entries that the query's tenant, subjects and condition ask for, the incoming and the outgoing
        ones take part; others are as if they were not there.
        """
        storage.append([asked(0), record(minutes=1), record(minutes=2, direction="internal"), answered(5)])
        storage.append([answered(3, type="receipt"), answered(4, links=about("contact:43"))])
        storage.append([answered(1, tenant="north")])
        assert waits(storage.gaps(query(KIM, where=In(Field.TYPE, ["call"])))) == [5]
        assert waits(storage.gaps(query(where=In(Field.TYPE, ["call"])))) == [5]
        assert waits(storage.gaps(query(KIM))) == [3]
        assert waits(storage.gaps(query("contact:43"))) == []
        assert waits(storage.gaps(query(where=In(Field.TYPE, ["none"])))) == []

    def test_first_and_next(self, storage: Storage) -> None:
        """16.2 The first incoming entry after an outgoing one, or from the beginning, waits for the next outgoing one;
        the gap has the milliseconds between the two.
        """
        storage.append([answered(0), asked(1), asked(2), answered(4), answered(5), asked(7), answered(7.0001)])
        storage.append([asked(10), answered(10)])
        assert sorted(gap.wait or 0 for gap in storage.gaps(query())) == [0, 6, 3 * MINUTE]
        assert {gap.key for gap in storage.gaps(query())} == {()}

    def test_far_apart(self, storage: Storage) -> None:
        """16.3 A wait is exact to the millisecond, be it centuries, and before 1970 too."""
        start = at(0).replace(year=1066)
        storage.append([record(direction="incoming", occurred_at=start)])
        storage.append([record(direction="outgoing", occurred_at=at(0) + timedelta(milliseconds=1))])
        [gap] = storage.gaps(query())
        assert gap.wait == (at(0) - start) / timedelta(milliseconds=1) + 1

    def test_unanswered(self, storage: Storage) -> None:
        """16.4 An incoming entry that nobody has answered is a gap whose ``wait`` is None."""
        storage.append([asked(0), answered(1), asked(2), asked(3)])
        storage.append([asked(0, links=about("contact:43"))])
        assert waits(storage.gaps(query())) == [1, None, None]
        assert list(storage.gaps(query("contact:43"))) == [((), None)]

    def test_keys_of_gaps(self, storage: Storage) -> None:
        """16.5 ``by`` gives the values of the answer as the key, of the entry that waits where there is none; mentions
        give their ref.
        """
        lea, tom = Mention("user:3", "Lea", "user"), Mention("user:4", "Tom", "user")
        storage.append([asked(0, team="sales"), answered(1, actor=lea, team="north"), answered(2, actor=tom)])
        storage.append([asked(3, team="support", actor=Mention("contact:42", "Kim", "customer"))])
        assert set(storage.gaps(query(), by=[Field.ACTOR])) == {(("user:3",), MINUTE), (("contact:42",), None)}
        expected = {(("north", "user:3"), MINUTE), (("support", "contact:42"), None)}
        assert set(storage.gaps(query(KIM), by=[Field.TEAM, Field.ACTOR])) == expected

    def test_conversations(self, storage: Storage) -> None:
        """16.6 The entries of one conversation are a thread, whatever their subjects are."""
        storage.append([asked(0, conversation="a"), asked(1, conversation="b"), answered(2)])
        storage.append([answered(3, conversation="b"), answered(10, conversation="a", links=about("contact:43"))])
        assert waits(storage.gaps(query())) == [2, 10]
        assert waits(storage.gaps(query(KIM))) == [2, None]

    def test_threads_of_subjects(self, storage: Storage) -> None:
        """16.7 An entry without conversation stands in the thread of each of its subjects; links in other roles make
        no thread.
        """
        company = link("company:7", role="parent")
        storage.append([asked(0, links=(link(), company)), asked(1, links=(link("contact:43"), company))])
        storage.append([answered(5, links=(link("contact:43"), company, company))])
        storage.append([answered(9, links=(link("contact:44"), link(role="source")))])
        for found in (query(), query("company:7"), query(KIM, "contact:43", "contact:44")):
            assert waits(storage.gaps(found)) == [4, None]

    def test_several_threads(self, storage: Storage) -> None:
        """16.8 An entry that waits in several threads is one gap, to the earliest answer; it is unanswered only if it
        has an answer in none.
        """
        both, three = about(KIM, "company:7"), about("contact:43", "contact:44", "contact:45")
        storage.append([asked(0, links=both), answered(8), answered(5, links=about("company:7"), team="first")])
        storage.append([asked(1, links=three), answered(7, links=about("contact:44"))])
        storage.append([asked(20, links=both), answered(21, links=both)])
        storage.append([asked(30, links=three)])
        expected = {(("first",), 5 * MINUTE), (("",), 6 * MINUTE), (("",), MINUTE), (("",), None)}
        found = list(storage.gaps(query(), by=[Field.TEAM]))
        assert expected == set(found)
        assert len(found) == len(expected)

    def test_gaps_at_equal_times(self, storage: Storage) -> None:
        """16.9 Of equal times the id decides, as UUIDs compare, which came first."""
        low, high = record(1_000_001).id, record(1_000_002).id
        storage.append([record(low, direction="incoming"), record(high, direction="outgoing")])
        storage.append([record(high, direction="incoming", tenant="north")])
        storage.append([record(low, direction="outgoing", tenant="north")])
        assert waits(storage.gaps(query())) == [0]
        assert waits(storage.gaps(query(tenant="north"))) == [None]

    def test_aliases(self, storage: Storage) -> None:
        """16.10 A ref that ``aliases`` names counts as a subject by what is said there; others keep their own."""
        storage.append([asked(0), answered(3, links=about("contact:43")), answered(5, links=about("contact:44"))])
        assert waits(storage.gaps(query())) == [None]
        assert waits(storage.gaps(query(), aliases={"contact:43": KIM})) == [3]
        assert waits(storage.gaps(query(), aliases={KIM: "x:1", "contact:44": "x:1", "x:2": KIM})) == [5]
        assert waits(storage.gaps(query(KIM, "contact:43"), aliases={"contact:43": KIM, KIM: KIM})) == [3]
        assert waits(storage.gaps(query(), aliases={})) == [None]

    def test_rest_of_the_query(self, storage: Storage) -> None:
        """16.11 Order, positions, limit and fields of the query play no part."""
        first = asked(0, due_at=at(50))
        storage.append([first, answered(2, due_at=at(40)), asked(3, due_at=at(30))])
        for order in Order:
            for newest_first in (True, False):
                ordered = query(order=order, newest_first=newest_first, limit=1)
                assert waits(storage.gaps(ordered)) == [2, None]
                assert waits(storage.gaps(evolve(ordered, after=place(first), before=place(first)))) == [2, None]

    def test_code_points(self, storage: Storage) -> None:
        """16.12 Conversations and refs are told apart by code point, and from each other."""
        texts = [*TRICKY_TEXTS, "contact:42"]
        storage.append([asked(n, conversation=text) for n, text in enumerate(texts)])
        storage.append([asked(n, links=about(f"contact:{text}")) for n, text in enumerate(texts)])
        storage.append([answered(100)])
        assert waits(storage.gaps(query())) == [None] * 2 * len(texts)
        storage.append([answered(1000 + 2 * n, conversation=text) for n, text in enumerate(texts)])
        assert waits(storage.gaps(query())) == [*(1000 + n for n in range(len(texts))), *[None] * len(texts)]

    def test_many(self, storage: Storage) -> None:
        """16.13 There may be thousands of gaps, and thousands of entries in one thread."""
        for start in range(0, 4000, 1000):
            made = range(start, start + 1000)
            storage.append([answered(n) if n % 2 else asked(n) for n in made])
            storage.append([asked(n, links=about(f"contact:{1000 + n}")) for n in made])
        assert waits(storage.gaps(query())) == [1] * 2000 + [None] * 4000

    def test_as_it_is_now(self, storage: Storage) -> None:
        """16.14 Another store call may follow once the answer was read, and finds what came since."""
        storage.append([asked(0)])
        assert waits(storage.gaps(query())) == [None]
        storage.append([answered(1)])
        assert waits(storage.gaps(query())) == [1]

    @requires(Capability.TRANSACTIONS)
    def test_gaps_in_a_transaction(self, storage: Storage) -> None:
        """16.15 Within a transaction what it wrote takes part, and the transaction goes on."""
        storage.append([asked(0)])
        with storage.transaction() as inside:
            inside.append([answered(2)])
            assert waits(inside.gaps(query())) == [2]
            inside.append([asked(3)])
        assert waits(storage.gaps(query())) == [2, None]
