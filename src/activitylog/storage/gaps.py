"""From an incoming entry to its answer: the meaning of ``Storage.gaps`` in Python, to which all stores are held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from attrs import define, evolve

from activitylog.storage.query import And, Field, Fields, In, Order, Query, Where, simplify
from activitylog.storage.record import Record
from activitylog.storage.reference import values

__all__ = ["Gap", "paired", "spoken"]

_EITHER: Final[Where] = In(Field.DIRECTION, ("incoming", "outgoing"))
_MILLISECOND: Final = timedelta(milliseconds=1)

Thread = tuple[str, str]
"""A conversation, or ``""`` and the ref of a subject."""


class Gap(NamedTuple):
    """An incoming entry that waited: whose key (see ``Storage.gaps``), and how many milliseconds.

    A ``wait`` of None means that nobody answered. A plain tuple, for there can be a million.
    """

    key: tuple[str, ...]
    wait: int | None


@define(eq=False)
class _Waiting:
    key: tuple[str, ...]
    since: datetime
    answered: bool = False


def spoken(query: Query, *, limit: int = 1000) -> Query:
    """Return the query for the entries that take part in the gaps of this one, in the order of their threads."""
    where = simplify(And((query.where, _EITHER)))
    return evolve(
        query,
        where=where,
        order=Order.OCCURRED,
        newest_first=False,
        after=None,
        before=None,
        limit=limit,
        fields=Fields.LIST,
    )


def paired(
    records: Iterable[Record], *, by: Sequence[Field] = (), aliases: Mapping[str, str] | None = None
) -> Iterator[Gap]:
    """Yield the gaps of what ``spoken`` finds; what is kept meanwhile is one entry per thread that waits."""
    waiting: dict[Thread, _Waiting] = {}
    for record in records:
        key = tuple(values(name, record)[0] for name in by)
        if record.direction == "incoming":
            asked = _Waiting(key, record.occurred_at)
            for thread in _threads(record, aliases or {}):
                waiting.setdefault(thread, asked)
            continue
        for thread in _threads(record, aliases or {}):
            answered = waiting.pop(thread, None)
            if answered is not None and not answered.answered:
                answered.answered = True
                yield Gap(key, (record.occurred_at - answered.since) // _MILLISECOND)
    for left in dict.fromkeys(waiting.values()):
        if not left.answered:
            yield Gap(left.key, None)


def _threads(record: Record, aliases: Mapping[str, str]) -> Iterable[Thread]:
    if record.conversation:
        return [(record.conversation, "")]
    return {("", aliases.get(ref, ref)) for ref in values(Field.SUBJECTS, record)}
