"""Counting a timeline by dimensions and by local time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from attrs import evolve, frozen

from activitylog.actors import ref_of
from activitylog.changes import REDACTED
from activitylog.errors import InvalidInput
from activitylog.reader import Question, Reader
from activitylog.storage import Bucket, Field, Mention, Order, Tally, Unit
from activitylog.zones import offsets

__all__ = ["Count", "counted"]

DIMENSIONS: Final = {
    "type": Field.TYPE,
    "category": Field.CATEGORY,
    "channel": Field.CHANNEL,
    "direction": Field.DIRECTION,
    "actor": Field.ACTOR,
    "team": Field.TEAM,
    "status": Field.STATUS,
    "assignee": Field.ASSIGNEE,
    "subject": Field.SUBJECTS,
}
_REFS: Final = {"actor", "assignee", "subject"}
_UNITS: Final = {unit.value for unit in Unit}


@frozen
class Count:
    """How many entries one group has.

    ``key`` has one value per dimension, in the order asked: a text; a ref for actor, assignee and subject (None
    where there is none); for ``day``, ``week`` and ``month`` the date of its first day in the zone asked, for
    ``hour`` its first instant with the zone's offset at that time (the hour that autumn repeats is two). What a
    viewer sees redacted counts under ``REDACTED`` wherever its value is hidden.
    """

    key: tuple[Any, ...]
    count: int


def counted(reader: Reader, question: Question, dimensions: tuple[str, ...], tz: tzinfo) -> list[Count]:
    """Return the counts of each group that has entries, in ascending order of the keys.

    Raises:
        InvalidInput: there is no such dimension, none at all, one twice, or two of time.
    """
    unit = _checked(dimensions)
    by = [DIMENSIONS[name] for name in dimensions if name in DIMENSIONS]
    bucket = None if unit is None else Bucket(Unit(unit), _offsets(reader, question, tz))
    totals: Counter[tuple[Any, ...]] = Counter()
    for tally in reader.count(question, by=by, bucket=bucket):
        totals[_ordered(tally, dimensions)] += tally.numbers[0]
    return [Count(_key(key, dimensions), totals[key]) for key in sorted(totals)]


def _checked(dimensions: tuple[str, ...]) -> str | None:
    known = {*DIMENSIONS, *_UNITS}
    for name in dimensions:
        if not isinstance(name, str) or name not in known:
            raise InvalidInput("dimensions", f"{str(name)[:80]!r} is none of {', '.join(sorted(known))}")
    units = [name for name in dimensions if name in _UNITS]
    if not dimensions or len(set(dimensions)) < len(dimensions) or len(units) > 1:
        raise InvalidInput("dimensions", "give one at least, none twice, and one of hour, day, week, month at most")
    return units[0] if units else None


def _offsets(reader: Reader, question: Question, tz: tzinfo) -> tuple[tuple[int, int], ...]:
    if tz is UTC:
        return ((0, 0),)
    # Two looks at the ends of an index tell which changes of offset can matter.
    ends = evolve(question, selection=question.selection.all(), order=Order.OCCURRED, limit=1)
    first = reader.fetch(evolve(ends, newest_first=False))
    last = reader.fetch(evolve(ends, newest_first=True))
    if not first or not last:
        return ((0, 0),)
    return offsets(tz, first[0].occurred_at, last[0].occurred_at)


def _ordered(tally: Tally, dimensions: tuple[str, ...]) -> tuple[Any, ...]:
    """The key in the order asked; days and longer units lose the offset, which can differ within one."""
    values = iter(tally.key)
    start = tally.key[-1]
    return tuple(
        (start if name == Unit.HOUR else start.date())
        if name in _UNITS and isinstance(start, datetime)
        else next(values)
        for name in dimensions
    )


def _key(ordered: tuple[Any, ...], dimensions: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(
        (ref_of(Mention(value)) if value else None) if name in _REFS and value != REDACTED else value
        for name, value in zip(dimensions, ordered, strict=True)
    )
