"""Records and times for the clauses: short to write, and distinct where nothing else is said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from attrs import evolve

from activitylog.storage import Document, Fields, Mention, Order, Position, Query, Record, Where, position, simplify

__all__ = [
    "ARRIVAL",
    "KIM",
    "TENANT",
    "TRICKY_TEXTS",
    "at",
    "changed",
    "document",
    "ids",
    "link",
    "newer",
    "place",
    "query",
    "record",
]

TENANT = "south"
KIM = "contact:42"
ARRIVAL = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)

TRICKY_TEXTS = (
    "a",
    "A",
    "a ",
    " a",
    "ä",
    "ss",
    "ß",
    "\u00e9",  # é in one code point
    "e\u0301",  # é in two
    "\uff5e",  # after astral characters in UTF-16, before them by code point
    "\U0001f600",
    "\U00010348",
    "i",
    "I",
    "ı",
    "a:b",
    "a:b:c",
    "a'b",
    'a"b',
    "a\\b",
    "a%",
    "a_",
    "$a",
    "a.b",
    "a*",
    "0",
    "00",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\u00a0",
    "\ufeffa",
    "-",
    "null",
    "true",
)
"""Texts that some store, with some setting, takes for each other, for a pattern, or for nothing."""

_numbers = count(1)


def at(minutes: float) -> datetime:
    """Return the time so many minutes after ``ARRIVAL``."""
    return ARRIVAL + timedelta(minutes=minutes)


def link(ref: str = KIM, label: str = "Kim Weber", role: str = "subject") -> Mention:
    """Return the mention of a subject, unless another role is given."""
    return Mention(ref, label, role)


def record(id: int | UUID | None = None, minutes: float = 0, **fields: Any) -> Record:
    """Return a record about Kim; ``minutes`` places it in time, an id of None makes a new one."""
    number = next(_numbers) if id is None else id
    values: dict[str, Any] = {
        "id": number if isinstance(number, UUID) else UUID(int=(0x0195_0000_0000_7000_8000 << 48) + number),
        "tenant": TENANT,
        "type": "call",
        "occurred_at": at(minutes),
        "recorded_at": at(minutes),
        "actor": Mention("user:3", "Lea", "user"),
        "links": (link(),),
        "readers": ("*",),
        "digest": "d1",
    }
    return Record(**{**values, **fields})


def changed(record: Record, /, **fields: Any) -> Record:
    """Return the record with other values in these fields."""
    return evolve(record, **fields)


def newer(record: Record, /, **fields: Any) -> Record:
    """Return the next version of a record."""
    values: dict[str, Any] = {
        "version": record.version + 1,
        "action": "edited",
        "modified_at": at(1000 + record.version),
    }
    return evolve(record, **{**values, **fields})


def document(name: str = "one", body: str | None = "{}", *, tenant: str = TENANT, kind: str = "audience") -> Document:
    """Return a document as it is given to a store."""
    return Document(tenant, kind, name, body)


def query(*subjects: str, where: Where | None = None, **parts: Any) -> Query:
    """Return a query of the tenant's entries, all of them unless something else is said."""
    values: dict[str, Any] = {"tenant": TENANT, "limit": 1000, "order": Order.OCCURRED, "fields": Fields.ALL}
    if where is not None:
        values["where"] = simplify(where)
    return Query(subjects=subjects, **{**values, **parts})


def ids(records: Iterable[Record]) -> list[UUID]:
    """Return the ids of records, in their order."""
    return [record.id for record in records]


def place(record: Record, order: Order = Order.OCCURRED) -> Position:
    """Return the record's position in an order."""
    return position(query(order=order), record)
