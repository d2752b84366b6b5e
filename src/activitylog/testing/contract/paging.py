"""Clauses 4: pages by position."""

from __future__ import annotations

from uuid import UUID

from activitylog.storage import Field, In, Order, Position, Record, Storage
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.reading import UNLIKE_IDS
from activitylog.testing.contract.samples import ARRIVAL, KIM, at, ids, place, query, record

__all__ = ["Paging"]


def ten(storage: Storage) -> list[Record]:
    """Write ten entries, a minute apart, and return them oldest first."""
    given = [record(minutes=n, recorded_at=at(n), due_at=at(n)) for n in range(10)]
    storage.append(given[5:] + given[:5])
    return given


class Paging(Harness):
    """Pages by position."""

    def test_after(self, storage: Storage) -> None:
        """4.1 ``after`` is exclusive and means the query's own direction: the next ``limit`` entries follow it."""
        given = ten(storage)
        for order in Order:
            here = place(given[4], order)
            assert ids(given[3:1:-1]) == ids(storage.fetch(query(KIM, order=order, after=here, limit=2)))
            upwards = query(order=order, newest_first=False, after=here, limit=2)
            assert ids(given[5:7]) == ids(storage.fetch(upwards))

    def test_before(self, storage: Storage) -> None:
        """4.2 ``before`` is exclusive; without ``after`` the last ``limit`` entries before it come, in the query's
        order.
        """
        given = ten(storage)
        for order in Order:
            here = place(given[4], order)
            assert ids(given[6:4:-1]) == ids(storage.fetch(query(KIM, order=order, before=here, limit=2)))
            upwards = query(order=order, newest_first=False, before=here, limit=2)
            assert ids(given[2:4]) == ids(storage.fetch(upwards))

    def test_after_and_before(self, storage: Storage) -> None:
        """4.3 With both, the first ``limit`` entries between the two come."""
        given = ten(storage)
        for order in Order:
            low, high = place(given[2], order), place(given[7], order)
            assert ids(given[6:4:-1]) == ids(storage.fetch(query(order=order, after=high, before=low, limit=2)))
            assert ids(given[6:2:-1]) == ids(storage.fetch(query(KIM, order=order, after=high, before=low)))
            upwards = query(order=order, newest_first=False, after=low, before=high, limit=2)
            assert ids(given[3:5]) == ids(storage.fetch(upwards))

    def test_position_between_entries(self, storage: Storage) -> None:
        """4.4 A position need not be an entry's: its time and id are compared, whether or not one stands there."""
        given = ten(storage)
        gap = Position(at(4.5), UNLIKE_IDS[0])
        assert ids(given[4:2:-1]) == ids(storage.fetch(query(after=gap, limit=2)))
        assert ids(given[6:4:-1]) == ids(storage.fetch(query(before=gap, limit=2)))
        assert ids(given[5:7]) == ids(storage.fetch(query(KIM, newest_first=False, after=gap, limit=2)))
        assert ids(given[3:5]) == ids(storage.fetch(query(KIM, newest_first=False, before=gap, limit=2)))

    def test_position_among_equal_times(self, storage: Storage) -> None:
        """4.5 Among equal times the id decides where a page ends: no entry is skipped and none comes twice."""
        given = [record(id) for id in UNLIKE_IDS]
        storage.append(given[::-1])
        for order in Order:
            for n, one in enumerate(given):
                here = place(one, order)
                assert ids(given[:n][::-1]) == ids(storage.fetch(query(KIM, order=order, after=here)))
                assert ids(given[n + 1 :][::-1]) == ids(storage.fetch(query(order=order, before=here)))
                assert ids(given[n + 1 :]) == ids(storage.fetch(query(order=order, newest_first=False, after=here)))
                assert ids(given[:n]) == ids(storage.fetch(query(KIM, order=order, newest_first=False, before=here)))
        unknown = Position(ARRIVAL, UUID(int=UNLIKE_IDS[3].int + 1))
        assert ids(given[3::-1]) == ids(storage.fetch(query(after=unknown)))

    def test_ends(self, storage: Storage) -> None:
        """4.6 Beyond either end there is nothing, and that is no error."""
        given = ten(storage)
        newest, oldest = place(given[-1]), place(given[0])
        assert list(storage.fetch(query(after=oldest))) == []
        assert list(storage.fetch(query(before=newest))) == []
        assert list(storage.fetch(query(after=oldest, before=newest))) == []
        assert list(storage.fetch(query(newest_first=False, after=newest))) == []

    def test_stays_while_entries_arrive(self, storage: Storage) -> None:
        """4.7 A position holds while entries arrive before it and go: the next page begins where it would have."""
        given = ten(storage)
        first = storage.fetch(query(KIM, limit=4))
        storage.append([record(minutes=100), record(minutes=7.5)])
        storage.delete(query(where=In(Field.ID, [first[-1].id])), limit=1)
        following = storage.fetch(query(KIM, after=place(first[-1]), limit=4))
        assert ids(given[5:1:-1]) == ids(following)
