"""The stretch of its order that a query asks for: one lower and one upper bound, as ranges of an index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from activitylog.storage import And, Between, Position, Query, Where
from activitylog_mongo._paths import ID
from activitylog_mongo._where import Filter

__all__ = ["Bounds", "bounds_of", "parts_of"]

Bound = Position | datetime | None
"""An exclusive position; or a time, inclusive from below and exclusive from above; or none."""


@frozen
class Bounds:
    """The stretch between two bounds, and what of the query's condition is still to be asked of the entries in it."""

    low: Bound
    high: Bound
    rest: tuple[Where, ...]

    def ranges(self, at: str) -> list[Filter]:
        """Return filters by time and id, each of which is one range of an index, and which do not overlap."""
        low, high = self.low, self.high
        if low is not None and high is not None and not _in_order(low, high):
            return []
        if isinstance(low, Position) and isinstance(high, Position) and low.at == high.at:
            return [{at: low.at, ID: {"$gt": low.id, "$lt": high.id}}]
        between: dict[str, Any] = {}
        found: list[Filter] = []
        if isinstance(low, Position):
            found.append({at: low.at, ID: {"$gt": low.id}})
            between["$gt"] = low.at
        elif low is not None:
            between["$gte"] = low
        if isinstance(high, Position):
            found.append({at: high.at, ID: {"$lt": high.id}})
            between["$lt"] = high.at
        elif high is not None:
            between["$lt"] = high
        return [{at: between} if between else {}, *found]


def parts_of(where: Where) -> tuple[Where, ...]:
    """Return the conditions that all have to hold."""
    return where.parts if isinstance(where, And) else (where,)


def bounds_of(query: Query) -> Bounds:
    """Return the bounds of a query: of its positions and times only the tighter one counts on either side."""
    low: Bound
    high: Bound
    low, high = (query.before, query.after) if query.newest_first else (query.after, query.before)
    rest = []
    for part in parts_of(query.where):
        if isinstance(part, Between) and part.name is query.order.value:
            if part.ge is not None and (low is None or _time(low) < part.ge):
                low = part.ge
            if part.lt is not None and (high is None or _time(high) >= part.lt):
                high = part.lt
        else:
            rest.append(part)
    return Bounds(low, high, tuple(rest))


def _in_order(low: Position | datetime, high: Position | datetime) -> bool:
    """Tell whether there can be a time between these bounds."""
    return _time(low) <= _time(high) if isinstance(high, Position) else _time(low) < high


def _time(bound: Position | datetime) -> datetime:
    return bound.at if isinstance(bound, Position) else bound
