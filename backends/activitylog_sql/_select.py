"""Queries to statements: one index range per subject, or one over the tenant, wherever there is an index for it."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from functools import lru_cache

from attrs import frozen

from activitylog.storage import And, Query, Where
from activitylog_sql._bounds import bounds_of, stretch_sql
from activitylog_sql._codec import Codec
from activitylog_sql._executor import Primitive
from activitylog_sql._schema import ENTRIES
from activitylog_sql._ways import BY_LINK, Way, conditions_on, way_of, way_sql
from activitylog_sql._where import Condition

__all__ = ["Select", "select"]


@frozen
class Select:
    """A statement and its values; its rows stand in the query's order, or ``backwards``."""

    text: str
    values: list[Primitive]
    backwards: bool


@frozen
class _Shape:
    """All that a statement's text depends on, so that the pages of one kind share it."""

    way: Way
    columns: str
    at: str
    descending: bool
    stretch: tuple[type, type]
    where: tuple[Where, ...]
    direct: bool
    subjects: int


def select(codec: Codec, query: Query, columns: str) -> Select:
    """Return the statement that answers ``fetch(query)`` with these columns of the entry ``e``."""
    way = way_of(query, query.order)
    subjects = tuple(dict.fromkeys(query.subjects))
    bounds = bounds_of(query)
    where, direct = conditions_on(way, subjects, bounds.rest)
    backwards = query.before is not None and query.after is None
    descending = query.newest_first is not backwards
    shape = _Shape(
        way, columns, query.order.value, descending, bounds.kinds, where, direct, len(subjects) if way == BY_LINK else 0
    )
    text, conditions = _statement(codec, shape)
    rest = [*bounds.values(codec.dialect), *conditions, query.limit]
    if shape.subjects == 0:
        return Select(text, [query.tenant, *rest], backwards)
    values = [value for ref in subjects for value in (query.tenant, ref, *rest)]
    return Select(text, values if shape.subjects == 1 else [*values, query.limit, query.tenant], backwards)


@lru_cache(maxsize=512)
def _statement(codec: Codec, shape: _Shape) -> tuple[str, tuple[Primitive, ...]]:
    """Return a statement's text and the values of its conditions; they come after those of the stretch."""
    linked = shape.way == BY_LINK
    condition = Condition(codec, linked)
    at, id = condition.column(shape.at), condition.column("id")
    where = condition.sql(And(shape.where))
    ref = " AND l.ref = ?" if linked else ""
    role = " AND l.role = 'subject'" if shape.direct else ""
    source, tenant = way_sql(codec.dialect, shape.way, entry=condition.entry or shape.subjects == 1)
    down = " DESC" if shape.descending else ""
    stretch = stretch_sql(codec.dialect, shape.stretch, at, id)
    first = codec.dialect.sorted_by(at) if shape.way == "id" else at
    found = f"FROM {source} WHERE {tenant}{ref}{role}{stretch} AND {where} ORDER BY {first}{down}, {id}{down} LIMIT ?"
    if shape.subjects < 2:
        return f"SELECT {shape.columns} {found}", tuple(condition.values)
    branch = f"SELECT * FROM (SELECT {at} AS at, {id} AS id {found}) AS branch"
    by_id = codec.dialect.using(f"{ENTRIES}_id")
    text = (
        f"SELECT {shape.columns} FROM (SELECT DISTINCT at, id FROM ({' UNION ALL '.join([branch] * shape.subjects)})"
        f" AS found ORDER BY at{down}, id{down} LIMIT ?) AS page"
        f" {codec.dialect.join} {ENTRIES} AS e{by_id} ON e.tenant = ? AND e.id = page.id"
        f" ORDER BY page.at{down}, page.id{down}"
    )
    return text, tuple(condition.values)
