"""Counts to aggregations: entries, or each of their values where a field has several, are grouped and counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

from attrs import frozen

from activitylog.storage import Bucket, Field, Query, Tally, Where
from activitylog_mongo._bounds import parts_of
from activitylog_mongo._codec import Stored, utc
from activitylog_mongo._expressions import holds
from activitylog_mongo._paths import FLAGS, MANY, PENDING, TIMES, expression
from activitylog_mongo._ways import Way, way_of, ways_filter
from activitylog_mongo._where import Filter

__all__ = ["Count", "key_of"]

_MET: Final[Stored] = {
    "first": {"$min": "$occurred_at"},
    "last": {"$max": "$occurred_at"},
    PENDING: {"$addToSet": f"${PENDING}"},
}
"""What each group tells beside its numbers: from when to when it reaches, and which batches it met."""


@frozen
class Count:
    """A count that was asked for: gives its stages, and reads what comes of them."""

    query: Query
    by: Sequence[Field]
    bucket: Bucket | None
    cases: Sequence[Where]
    limit: int | None

    def way(self, *, searchable: bool) -> Way:
        """Return the way to the entries that count."""
        return way_of(self.query, None, searchable=searchable)

    def stages(self, way: Way, hidden: Filter) -> list[Stored]:
        """Return the pipeline, which leaves out what is ``hidden`` and tells in each group which batches it met."""
        found = {**ways_filter(self.query, way, [{}], parts_of(self.query.where)), **hidden}
        several = [f"k{place}" for place, name in enumerate(self.by) if name in MANY]
        capped = self.limit is not None and not self.by and self.bucket is None
        keys, cases, unwound = self._keys(), self._cases(), list[Stored]()
        if several:
            shown = {"_id": False, "occurred_at": True, PENDING: True, **keys, **cases}
            unwound = [{"$project": shown}, *({"$unwind": f"${name}"} for name in several)]
            keys, cases = _by_name(keys), _by_name(cases)
        numbers = {name: {"$sum": value} for name, value in (cases or {"c0": 1}).items()}
        return [
            {"$match": found},
            *([{"$limit": self.limit}] if capped else []),
            *unwound,
            {"$group": {"_id": keys, **numbers, **_MET}},
        ]

    def tallies(self, groups: Sequence[Stored]) -> list[Tally]:
        """Return the tallies of the pipeline's groups."""
        if not groups and not self.by and self.bucket is None:
            return [Tally((), (0,) * (len(self.cases) or 1), None, None)]
        return [self._tally(group) for group in groups]

    def _keys(self) -> Stored:
        """Return by what is grouped, as expressions of an entry."""
        keys: Stored = {}
        for place, name in enumerate(self.by):
            value = expression(name)
            keys[f"k{place}"] = {"$setUnion": [value, []]} if name in MANY else value
        if self.bucket:
            shift = _shift(self.bucket)
            local = {"$add": ["$occurred_at", shift]} if shift else "$occurred_at"
            keys["start"] = {"$dateTrunc": {"date": local, "unit": self.bucket.unit.value, "startOfWeek": "monday"}}
            if not isinstance(shift, int):
                keys["shift"] = shift
        return keys

    def _cases(self) -> Stored:
        return {f"c{place}": {"$cond": [holds(case), 1, 0]} for place, case in enumerate(self.cases)}

    def _tally(self, group: Stored) -> Tally:
        found = group["_id"]
        key: list[str | datetime] = [key_of(name, found[f"k{place}"]) for place, name in enumerate(self.by)]
        if self.bucket:
            shift = found.get("shift", self.bucket.offsets[0][1])
            key.append(found["start"].replace(tzinfo=timezone(timedelta(milliseconds=int(shift)))))
        numbers = tuple(group[f"c{place}"] for place in range(len(self.cases) or 1))
        return Tally(tuple(key), numbers, utc(group["first"]), utc(group["last"]))


def _by_name(columns: Stored) -> Stored:
    return {name: f"${name}" for name in columns}


def _shift(bucket: Bucket) -> int | Stored:
    """Return by how many milliseconds local time is ahead; an expression, where that changes with the time."""
    (_, first), *later = bucket.offsets
    if not later:
        return first
    at = {"$toLong": "$occurred_at"}
    branches = [{"case": {"$gte": [at, start]}, "then": offset} for start, offset in reversed(later)]
    return {"$switch": {"branches": branches, "default": first}}


def key_of(name: Field, value: Any) -> str:
    """Return a value of a field as keys have it."""
    if name in FLAGS:
        return str(bool(value))
    if name in TIMES:
        return str(utc(value))
    return str(value) if isinstance(value, UUID) else value
