"""One tenant's entries in memory, with the orders and links by which they are found."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Final
from uuid import UUID

from attrs import define, field

from activitylog.storage import And, Field, In, Match, Order, Query, Record, Versioned, Where, matches, select, trimmed
from activitylog_memory.words import Words

__all__ = ["Shelf"]

Place = tuple[datetime, int]
"""A time, and the number of an id: ids themselves take their time to be compared and looked up."""
Linked = str | tuple[str, str]
"""A ref; or a ref and an audience, so that a page passes over what its viewer does not see."""


_FEW: Final = 50
"""Of more audiences it is quicker to pass over entries than to merge so many lists."""


@define
class Shelf:
    """Entries by the numbers of their ids; their places in ascending order, of all by two times, and by
    ``occurred_at`` per linked ref, and per linked ref and audience.
    """

    entries: dict[int, Versioned] = field(factory=dict)
    keys: dict[str, int] = field(factory=dict)
    occurred: list[Place] = field(factory=list)
    recorded: list[Place] = field(factory=list)
    linked: dict[Linked, list[Place]] = field(factory=dict)
    words: Words | None = None
    """The search index, where there is one."""

    def known(self, record: Record) -> Record | None:
        """Return the entry that has the record's key or id."""
        key = record.idempotency_key
        found = self.entries.get(record.id.int if key is None else self.keys.get(key, record.id.int))
        return None if found is None else found[0]

    def get(self, id: UUID) -> Versioned | None:
        """Return an entry with its earlier versions."""
        return self.entries.get(id.int)

    def place(self, id: UUID, entry: Versioned | None) -> Versioned | None:
        """Let the entry (or nothing) stand under the id, and return what stood there: the one way to write."""
        earlier = self.entries.pop(id.int, None)
        if earlier is not None:
            self._unlist(earlier[0])
        if entry is not None:
            self.entries[id.int] = entry
            self._list(entry[0])
        return earlier

    def candidates(self, query: Query) -> list[Record]:
        """Return the entries that the query's subjects are linked to, or may have its words, in no order, each once."""
        if (ids := _named(query, Field.ID)) is not None:
            return [found[0] for id in ids if isinstance(id, UUID) and (found := self.get(id))]
        if not query.subjects:
            if self.words is not None and (wanted := self._wanted(query)):
                return [self.entries[id][0] for id in self.words.find(wanted)]
            return [entry[0] for entry in self.entries.values()]
        places = {place for ref in query.subjects for place in self.linked.get(ref, ())}
        return [self.entries[place[1]][0] for place in places]

    def fetch(self, query: Query) -> list[Record]:
        """Answer the query: from the position on along an order that is kept, else by sorting the candidates."""
        listed = self._listed(query)
        if listed is None:
            return select(self.candidates(query), query)
        last_ones = query.before is not None and query.after is None
        downwards = query.newest_first is not last_ones
        found = []
        for place in _walk(listed, query, downwards=downwards):
            record = self.entries[place[1]][0]
            if matches(query.where, record):
                found.append(trimmed(query, record))
                if len(found) == query.limit:
                    break
        return found[::-1] if last_ones else found

    def _listed(self, query: Query) -> list[list[Place]] | None:
        if self._wanted(query) or _named(query, Field.ID) is not None:
            return None
        match query:
            case Query(order=Order.OCCURRED, subjects=()):
                return [self.occurred]
            case Query(order=Order.RECORDED, subjects=()):
                return [self.recorded]
            case Query(order=Order.OCCURRED, subjects=refs):
                return [self.linked[name] for name in _ways(query, refs) if name in self.linked]
            case _:
                return None

    def index_words(self, *, on: bool) -> None:
        """Add the search index, or take it away."""
        self.words = None
        if on:
            self.words = Words()
            for record, _ in self.entries.values():
                self.words.add(record)

    def _wanted(self, query: Query) -> frozenset[str]:
        """Return the words by which the search index leads to the entries; a subject's entries are few already."""
        if self.words is None or query.subjects:
            return frozenset()
        return frozenset[str]().union(*(part.words for part in _parts(query) if isinstance(part, Match)))

    def _list(self, record: Record) -> None:
        number = record.id.int
        place = record.occurred_at, number
        _insert(self.occurred, place)
        _insert(self.recorded, (record.recorded_at, number))
        for name in _names(record):
            _insert(self.linked.setdefault(name, []), place)
        if record.idempotency_key is not None:
            self.keys[record.idempotency_key] = number
        if self.words is not None:
            self.words.add(record)

    def _unlist(self, record: Record) -> None:
        place = record.occurred_at, record.id.int
        _remove(self.occurred, place)
        _remove(self.recorded, (record.recorded_at, record.id.int))
        for name in _names(record):
            _remove(self.linked[name], place)
            if not self.linked[name]:
                del self.linked[name]
        if record.idempotency_key is not None:
            del self.keys[record.idempotency_key]
        if self.words is not None:
            self.words.remove(record)


def _parts(query: Query) -> tuple[Where, ...]:
    return query.where.parts if isinstance(query.where, And) else (query.where,)


def _named(query: Query, name: Field) -> frozenset[str | UUID | bool] | None:
    """Return the values of which a field must have one, or None where it may have any."""
    return next((part.values for part in _parts(query) if isinstance(part, In) and part.name is name), None)


def _names(record: Record) -> list[Linked]:
    refs = [record.links[0].ref] if len(record.links) == 1 else {link.ref for link in record.links}
    return [*refs, *[(ref, record.audience) for ref in refs]]


def _ways(query: Query, refs: Sequence[str]) -> Iterable[Linked]:
    """Return the lists that hold all entries of these refs: those of few audiences by each of them."""
    audiences = _named(query, Field.AUDIENCE)
    if audiences is None or len(audiences) > _FEW:
        return dict.fromkeys(refs)
    return ((ref, str(audience)) for ref in dict.fromkeys(refs) for audience in audiences)


def _insert(places: list[Place], place: Place) -> None:
    if not places or places[-1] < place:
        places.append(place)  # most entries are the newest: no search
    else:
        insort(places, place)


def _remove(places: list[Place], place: Place) -> None:
    del places[bisect_left(places, place)]


def _walk(listed: Sequence[list[Place]], query: Query, *, downwards: bool) -> Iterator[Place]:
    """Yield the places between the query's positions, each once, without copying the lists."""
    low, high = (query.before, query.after) if query.newest_first else (query.after, query.before)
    ways = []
    for places in listed:
        start = 0 if low is None else bisect_right(places, (low.at, low.id.int))
        stop = len(places) if high is None else bisect_left(places, (high.at, high.id.int))
        indexes = range(stop - 1, start - 1, -1) if downwards else range(start, stop)
        ways.append(map(places.__getitem__, indexes))
    if len(ways) == 1:
        return ways[0]
    return (place for place, _ in groupby(merge(*ways, reverse=downwards)))
