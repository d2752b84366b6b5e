"""Which index leads to the entries of a query, and with which conditions."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from attrs import frozen

from activitylog.storage import Field, Has, In, Match, Order, Query, Where
from activitylog_mongo._bounds import parts_of
from activitylog_mongo._codec import key
from activitylog_mongo._where import NOTHING, Filter, filter_of

__all__ = ["Way", "way_of", "ways_filter"]

_BY_ID: Final = "_id_"
_NARROWED: Final = {
    Field.AUDIENCE: ("audience", 50),
    Field.STATUS: ("link_status", 16),
    Field.ACTOR: ("link_actor", 16),
    Field.TYPE: ("link_type", 16),
}
"""What a subject's entries are narrowed by before they are walked, the narrowest first: the index, and how many ranges
are worth it, each of which the server plans for. A viewer is told which types there are: so many are no filter."""


@frozen
class Way:
    """An index by its name (None: the server chooses), and what its parts after the tenant have to be."""

    index: str | None
    linked: bool = False
    narrowed: In | None = None


def way_of(query: Query, order: Order | None, *, searchable: bool) -> Way:
    """Return the narrowest way that is sure to pass all entries of the query, where there is one in this order.

    A count has no order: it can follow an index for several values, which come one after the other.
    """
    named = {part.name: part.values for part in parts_of(query.where) if isinstance(part, In)}
    followed = {name for name, values in named.items() if "" not in values and (order is None or len(values) == 1)}
    if Field.ID in named:
        return Way(_BY_ID)
    if Field.ASSIGNEE in followed and order is Order.DUE:
        return Way("assignee")
    if query.subjects and order is not Order.RECORDED:
        return _way_of_subjects(query)
    if Field.BATCH in followed:
        return Way("batch")
    if Field.CONVERSATION in followed:
        return Way("conversation")
    if Field.ASSIGNEE in followed and order is None:
        return Way("assignee")
    if Field.ACTOR in followed and order is not Order.RECORDED:
        return Way("actor")
    if searchable and any(isinstance(part, Match) for part in parts_of(query.where)):
        return Way(None)  # rare words are looked up, of common ones the newest are soon met: the server tries both
    return Way("arrival" if order is Order.RECORDED else "time")


def _way_of_subjects(query: Query) -> Way:
    """Return the way by one value, where one is asked for, or else by several, if they make few ranges."""
    asked = [part for part in parts_of(query.where) if isinstance(part, In) and part.name in _NARROWED]
    order = list(_NARROWED)
    for part in sorted(asked, key=lambda part: (len(part.values) > 1, order.index(part.name))):
        index, few = _NARROWED[part.name]
        there = part.name is not Field.STATUS or "" not in part.values  # whose index has only entries with one
        if there and (len(part.values) == 1 or len(query.subjects) * len(part.values) <= few):
            return Way(index, linked=True, narrowed=part)
    return Way("link", linked=True)


def ways_filter(query: Query, way: Way, ranges: list[Filter], rest: tuple[Where, ...]) -> Filter:
    """Return the filter whose ranges on the way's index are those given, with the rest of the condition."""
    subjects = tuple(dict.fromkeys(query.subjects))
    first: list[Filter] = [{}]
    if way.index == _BY_ID:
        ids = {id for part in rest if isinstance(part, In) and part.name is Field.ID for id in part.values}
        first = [{"_id": {"$in": [key(query.tenant, id) for id in ids if isinstance(id, UUID)]}}]
    if way.linked:
        direct = Has(Field.SUBJECTS, subjects)
        links: list[Filter] = [{"links.ref": ref} for ref in subjects]
        several: Filter = {"links.ref": {"$in": list(subjects)}}
        if direct in rest:
            rest = tuple(part for part in rest if part != direct)
            links = [{"links": {"$elemMatch": {"ref": ref, "role": "subject"}}} for ref in subjects]
            several = filter_of(direct)
        narrowed = way.narrowed
        one = len(ranges) == 1 and (narrowed is None or len(narrowed.values) == 1)
        first = [several] if one and len(links) > 1 else links
        if narrowed is not None:  # a branch for each value, or the server sorts what several of them give
            rest = tuple(part for part in rest if part != narrowed)
            first = [{**link, **filter_of(In(narrowed.name, [value]))} for link in first for value in narrowed.values]
    elif subjects:
        rest = (Has(Field.LINKS, subjects), *rest)
    conditions = [condition for part in rest if (condition := filter_of(part))]
    remaining = {"$and": conditions} if conditions else {}  # within And no two of them claim one name
    branches = [{"tenant": query.tenant, **start, **range} for start in first for range in ranges]
    if not branches:
        return NOTHING
    return {**branches[0], **remaining} if len(branches) == 1 else {"$or": branches, **remaining}
