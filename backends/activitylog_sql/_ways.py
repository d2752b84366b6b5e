"""Which way leads to the entries of a query: the links of its subjects, or one of the indexes over entries."""

from __future__ import annotations

from typing import Final

from activitylog.storage import Between, Field, Has, In, Order, Query, Where
from activitylog_sql._bounds import parts_of
from activitylog_sql._dialect import Dialect
from activitylog_sql._schema import ENTRIES, LINKS

__all__ = ["BY_LINK", "Way", "conditions_on", "way_of", "way_of_count", "way_sql"]

Way = str
"""The index over entries that is read, by the last word of its name; or ``BY_LINK``."""

BY_LINK: Final[Way] = "link"

_PARTIAL: Final = frozenset({"batch", "conversation", "assignee"})


def way_of(query: Query, order: Order | None) -> Way:
    """Return the narrowest way that is sure to pass all entries of the query, where there is one in this order.

    A count has no order: it can follow an index for several values, which come one after the other.
    """
    named = {part.name: part.values for part in parts_of(query.where) if isinstance(part, In)}
    followed = {name for name, values in named.items() if "" not in values and (order is None or len(values) == 1)}
    if Field.ID in named:
        return "id"
    if Field.ASSIGNEE in followed and order is Order.DUE:
        return "assignee"
    if query.subjects and order is not Order.RECORDED:
        return BY_LINK
    if Field.BATCH in followed:
        return "batch"
    if Field.CONVERSATION in followed:
        return "conversation"
    if Field.ASSIGNEE in followed and order is None:
        return "assignee"
    if Field.ACTOR in followed and order is not Order.RECORDED:
        return "actor"
    return "recorded" if order is Order.RECORDED else "occurred"


def way_of_count(dialect: Dialect, query: Query) -> Way:
    """Return the way on which all entries of a query are read, in whatever order."""
    way = way_of(query, None)
    bounded = any(isinstance(part, Between) and part.name is Field.OCCURRED_AT for part in parts_of(query.where))
    return dialect.whole if way == "occurred" and not bounded else way


def way_sql(dialect: Dialect, way: Way, *, entry: bool) -> tuple[str, str]:
    """Return the sources and the first condition of a way; its value is the tenant.

    The first source is ``l`` of ``BY_LINK``, there followed by ``e`` if the ``entry`` is needed; else it is ``e``.
    """
    if way != BY_LINK:
        inhabited = f" AND e.{way} <> ''" if way in _PARTIAL else ""  # else a partial index does not come into question
        return f"{ENTRIES} AS e{dialect.using(f'{ENTRIES}_{way}')}", f"e.tenant = ?{inhabited}"
    by_id = f" {dialect.join} {ENTRIES} AS e{dialect.using(f'{ENTRIES}_id')} ON e.tenant = l.tenant AND e.id = l.id"
    return f"{LINKS} AS l{by_id if entry else ''}", "l.tenant = ?"


def conditions_on(way: Way, subjects: tuple[str, ...], where: tuple[Where, ...]) -> tuple[tuple[Where, ...], bool]:
    """Return what is to be asked on the way, and whether only links to subjects are to be followed.

    On the links the query's subjects need no condition, and "one of them is a subject" is known to the link.
    """
    if way != BY_LINK:
        return ((Has(Field.LINKS, subjects), *where) if subjects else where), False
    direct = Has(Field.SUBJECTS, subjects)
    if direct not in where:
        return where, False
    return tuple(part for part in where if part != direct), True
