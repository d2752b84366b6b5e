"""The meaning of a query, in Python: what a store of one process can use as it stands, and all stores are held to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice, product

from attrs import define, field

from activitylog.storage.query import (
    And,
    Between,
    Bucket,
    Field,
    Fields,
    Has,
    In,
    Match,
    Not,
    Or,
    Position,
    Query,
    Tally,
    Unit,
    Where,
)
from activitylog.storage.record import Mention, Record

__all__ = ["bucket_start", "matches", "position", "select", "tally", "trimmed", "values"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def values(name: Field, record: Record) -> tuple[str, ...]:
    """Return a field's values in an entry, as ``count`` keys and ``Has`` see them; absent is ``("",)`` or ``()``."""
    match name:
        case Field.LINKS:
            return tuple(dict.fromkeys(link.ref for link in record.links))
        case Field.SUBJECTS:
            return tuple(dict.fromkeys(link.ref for link in record.links if link.role == "subject"))
        case Field.FILES:
            return tuple(dict.fromkeys(file.sha256 for file in record.files))
        case Field.TAGS | Field.READERS | Field.EDITORS:
            return tuple(dict.fromkeys(getattr(record, name)))
        case _:
            value = getattr(record, name)
            return (value.ref if isinstance(value, Mention) else str(value),)


def matches(where: Where, record: Record) -> bool:
    """Tell whether the condition holds for the record."""
    match where:
        case In(name=name, values=wanted):
            value = getattr(record, name)
            return (value.ref if isinstance(value, Mention) else value) in wanted
        case Between(name=name, ge=ge, lt=lt):
            time: datetime = getattr(record, name)
            return (ge is None or time >= ge) and (lt is None or time < lt)
        case Has(name=name, values=wanted):
            return not wanted.isdisjoint(values(name, record))
        case Match(words=words):
            return all(f" {word}" in record.words for word in words)
        case And(parts=parts):
            return all(matches(part, record) for part in parts)
        case Or(parts=parts):
            return any(matches(part, record) for part in parts)
        case Not(part=part):
            return not matches(part, record)


def position(query: Query, record: Record) -> Position:
    """Return the record's place in the query's order."""
    return Position(getattr(record, query.order.value), record.id)


def trimmed(query: Query, record: Record) -> Record:
    """Return the record with the fields that the query wants."""
    if query.fields is Fields.ALL:
        return record
    # A tenth of the time of evolve(), which would convert and check what is checked already.
    short = object.__new__(Record)
    vars(short).update(vars(record), words="", digest="")
    return short


def _asked(query: Query, record: Record) -> bool:
    return record.tenant == query.tenant and (
        not query.subjects or any(link.ref in query.subjects for link in record.links)
    )


def select(records: Iterable[Record], query: Query) -> list[Record]:
    """Return what ``Storage.fetch`` answers, of these records in any order."""
    places = sorted(
        (
            (position(query, record), record)
            for record in records
            if _asked(query, record) and matches(query.where, record)
        ),
        key=lambda place: place[0],
        reverse=query.newest_first,
    )
    low, high = (query.before, query.after) if query.newest_first else (query.after, query.before)
    found = [record for place, record in places if (low is None or place > low) and (high is None or place < high)]
    last_ones = query.before is not None and query.after is None
    chosen = found[-query.limit :] if last_ones else found[: query.limit]
    return [trimmed(query, record) for record in chosen]


@define
class _Group:
    numbers: list[int]
    times: list[datetime] = field(factory=list)


def tally(
    records: Iterable[Record],
    query: Query,
    *,
    by: Sequence[Field] = (),
    bucket: Bucket | None = None,
    cases: Sequence[Where] = (),
    limit: int | None = None,
) -> list[Tally]:
    """Return what ``Storage.count`` answers, of these records."""
    found: Iterable[Record] = (r for r in records if _asked(query, r) and matches(query.where, r))
    groups: dict[tuple[str | datetime, ...], _Group] = {}
    if not by and bucket is None:
        found = islice(found, limit)
        groups[()] = _Group([0] * (len(cases) or 1))
    for record in found:
        hits = [matches(case, record) for case in cases] or [True]
        starts = () if bucket is None else (bucket_start(bucket, record.occurred_at),)
        for key in product(*(values(name, record) for name in by)):
            group = groups.setdefault((*key, *starts), _Group([0] * len(hits)))
            group.numbers = [number + hit for number, hit in zip(group.numbers, hits, strict=True)]
            group.times.append(record.occurred_at)
    return [
        Tally(key, tuple(group.numbers), min(group.times, default=None), max(group.times, default=None))
        for key, group in groups.items()
    ]


def bucket_start(bucket: Bucket, at: datetime) -> datetime:
    """Return the local start of the bucket in which this time lies, with the offset in force at that time."""
    utc_ms = (at - _EPOCH) // timedelta(milliseconds=1)
    offset_ms = bucket.offsets[0][1]
    for from_ms, offset in bucket.offsets:
        if from_ms <= utc_ms:
            offset_ms = offset
    local = at.astimezone(timezone(timedelta(milliseconds=offset_ms)))
    hour = local.replace(minute=0, second=0, microsecond=0)
    match bucket.unit:
        case Unit.HOUR:
            return hour
        case Unit.DAY:
            return hour.replace(hour=0)
        case Unit.WEEK:
            return hour.replace(hour=0) - timedelta(days=hour.weekday())
        case Unit.MONTH:
            return hour.replace(day=1, hour=0)
