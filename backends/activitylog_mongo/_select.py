"""Queries to finds: one index range per subject, or one over the tenant, wherever there is an index for it."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from activitylog.storage import Fields, Query
from activitylog_mongo._bounds import bounds_of
from activitylog_mongo._paths import ID
from activitylog_mongo._ways import way_of, ways_filter
from activitylog_mongo._where import Filter

__all__ = ["Select", "select"]

_LIST: Final = {"words": False, "digest": False}


@frozen
class Select:
    """What to find; it comes in the query's order, or ``backwards``."""

    filter: Filter
    projection: dict[str, Any] | None
    sort: list[tuple[str, int]]
    limit: int
    hint: str | None
    backwards: bool


def select(query: Query, *, searchable: bool, projection: dict[str, Any] | None = None) -> Select:
    """Return the find that answers ``fetch(query)``, with these fields or those that the query wants."""
    way = way_of(query, query.order, searchable=searchable)
    bounds = bounds_of(query)
    at = query.order.value.value
    backwards = query.before is not None and query.after is None
    direction = -1 if query.newest_first is not backwards else 1
    return Select(
        ways_filter(query, way, bounds.ranges(at), bounds.rest),
        _LIST if projection is None and query.fields is Fields.LIST else projection,
        [(at, direction), (ID, direction)],
        query.limit,
        way.index,
        backwards,
    )
