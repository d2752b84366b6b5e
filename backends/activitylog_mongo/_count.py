"""Counts to aggregations: one document per entry that counts (per value, where a field has several), then grouped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
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
        return [
            {"$match": found},
            *([{"$limit": self.limit}] if capped else []),
            {"$project": self._columns()},
            *({"$unwind": f"${name}"} for name in several),
            {"$group": self._group()},
        ]

    def tallies(self, groups: Sequence[Stored]) -> list[Tally]:
        """Return the tallies of the pipeline's groups."""
        if not groups and not self.by and self.bucket is None:
            return [Tally((), (0,) * (len(self.cases) or 1), None, None)]
        return [self._tally(group) for group in groups]

    def _columns(self) -> Stored:
        columns: Stored = {"_id": False, "at": "$occurred_at", PENDING: True}
        for place, name in enumerate(self.by):
            value = expression(name)
            columns[f"k{place}"] = {"$setUnion": [value, []]} if name in MANY else value
        for place, case in enumerate(self.cases):
            columns[f"c{place}"] = {"$cond": [holds(case), 1, 0]}
        if self.bucket:
            shift = _shift(self.bucket)
            local = {"$add": ["$occurred_at", shift]}
            columns["shift"] = shift
            columns["start"] = {"$dateTrunc": {"date": local, "unit": self.bucket.unit.value, "startOfWeek": "monday"}}
        return columns

    def _group(self) -> Stored:
        keys = [*(f"k{place}" for place in range(len(self.by))), *(["start", "shift"] if self.bucket else [])]
        numbers: Stored = {f"c{place}": {"$sum": f"$c{place}"} for place in range(len(self.cases))} or {
            "c0": {"$sum": 1}
        }
        times = {"first": {"$min": "$at"}, "last": {"$max": "$at"}}
        return {"_id": {name: f"${name}" for name in keys}, **numbers, **times, PENDING: {"$addToSet": f"${PENDING}"}}

    def _tally(self, group: Stored) -> Tally:
        found = group["_id"]
        key: list[str | datetime] = [key_of(name, found[f"k{place}"]) for place, name in enumerate(self.by)]
        if self.bucket:
            key.append(found["start"].replace(tzinfo=timezone(timedelta(milliseconds=int(found["shift"])))))
        numbers = tuple(group[f"c{place}"] for place in range(len(self.cases) or 1))
        return Tally(tuple(key), numbers, utc(group["first"]), utc(group["last"]))


def _shift(bucket: Bucket) -> Any:
    (_, first), *later = bucket.offsets
    if not later:
        return {"$literal": first}
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
