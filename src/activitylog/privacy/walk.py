"""The entries of a tenant, part after part, with all that an index cannot tell of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from attrs import evolve

from activitylog.storage import (
    ALWAYS,
    Between,
    Field,
    Has,
    In,
    Or,
    Order,
    Query,
    Record,
    Storage,
    Where,
    position,
)

__all__ = ["PART", "named", "named_or_new", "parts"]

PART: Final = 100
_MARGIN: Final = timedelta(minutes=5)
"""By so much the clocks of those who write may differ."""


def parts(store: Storage, tenant: str, where: Where = ALWAYS) -> Iterator[Sequence[Record]]:
    """Give the entries that a condition meets, in the order of recording: what is recorded meanwhile comes too."""
    query = Query(tenant=tenant, where=where, order=Order.RECORDED, newest_first=False, limit=PART)
    while found := store.fetch(query):
        yield found
        query = evolve(query, after=position(query, found[-1]))


def named(refs: Collection[str]) -> Where:
    """Return the condition that an entry, as it is now, names one of the refs in a field of its own."""
    scalars = (Field.ACTOR, Field.BEHALF, Field.ASSIGNEE, Field.MODIFIED_BY, Field.MODIFIED_BEHALF)
    lists = (Field.LINKS, Field.READERS, Field.EDITORS)
    return Or((*(In(name, refs) for name in scalars), *(Has(name, refs) for name in lists)))


def named_or_new(refs: Collection[str], since: datetime) -> Where:
    """Return the condition that an entry names one of the refs, or was written or handled since then."""
    return Or((named(refs), Between(Field.MODIFIED_AT, ge=since - _MARGIN)))
