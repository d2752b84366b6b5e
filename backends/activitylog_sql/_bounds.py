"""The stretch of its order that a query asks for: one lower and one upper bound, which is one index range."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from activitylog.storage import And, Between, Position, Query, Where
from activitylog_sql._dialect import Dialect
from activitylog_sql._executor import Primitive

__all__ = ["Bounds", "bounds_of", "parts_of", "stretch_sql"]

Bound = Position | datetime | None
"""An exclusive position; or a time, inclusive from below and exclusive from above; or none."""


@frozen
class Bounds:
    """The stretch between two bounds, and what of the query's condition is still to be asked of the entries in it."""

    low: Bound
    high: Bound
    rest: tuple[Where, ...]

    @property
    def kinds(self) -> tuple[type, type]:
        """The shape of the stretch: what ``stretch_sql`` needs to know."""
        return type(self.low), type(self.high)

    def values(self, dialect: Dialect) -> list[Primitive]:
        """Return the values of ``stretch_sql``."""
        found: list[Primitive] = []
        for bound in (self.low, self.high):
            if isinstance(bound, Position):
                found += dialect.place(bound.at, bound.id)
            elif bound is not None:
                found.append(dialect.time(bound))
        return found


def stretch_sql(dialect: Dialect, kinds: tuple[type, type], at: str, id: str) -> str:
    """Return the condition, each part with AND before it, that a time and an id lie between the bounds."""
    low, high = kinds
    sql = ""
    if low is not type(None):
        sql += f" AND {dialect.stretch('>', at, id)}" if low is Position else f" AND {at} >= ?"
    if high is not type(None):
        sql += f" AND {dialect.stretch('<', at, id)}" if high is Position else f" AND {at} < ?"
    return sql


def parts_of(where: Where) -> tuple[Where, ...]:
    """Return the conditions that all have to hold."""
    return where.parts if isinstance(where, And) else (where,)


def bounds_of(query: Query) -> Bounds:
    """Return the bounds of a query: of its positions and times only the tighter one counts on either side.

    An index seeks to one bound; the other would be read up to, entry by entry.
    """
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


def _time(bound: Position | datetime) -> datetime:
    return bound.at if isinstance(bound, Position) else bound
