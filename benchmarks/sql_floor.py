"""What the floors of SQL databases have in common: their statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from activitylog.storage import Record
from activitylog_sql._codec import codec_of
from activitylog_sql._columns import ENTRY_COLUMNS, LINK_COLUMNS
from activitylog_sql._dialect import Dialect
from activitylog_sql._schema import ENTRIES, LINKS
from benchmarks.floor import Floor

__all__ = ["ENTRIES", "ENTRY_COLUMNS", "LINKS", "LINK_COLUMNS", "Rows", "SQLFloor", "insert"]

Rows = tuple[Sequence[Any], list[Sequence[Any]]]
"""The row of an entry, and those of its links."""


class SQLFloor(Floor):
    """Rows by the library's own codec, and the statement that reads a page."""

    def __init__(self, dialect: Dialect, *, mark: str, join: str, absent: str) -> None:
        self._codec = codec_of(dialect)
        self._page = f"""SELECT {self._codec.list_columns} FROM {LINKS} AS l
            {join} {ENTRIES} AS e ON e.tenant = l.tenant AND e.id = l.id
            WHERE l.tenant = {mark} AND l.ref = {mark} AND l.deleted_at >= '{absent}' AND l.archived_at >= '{absent}'
            ORDER BY l.occurred_at DESC, l.id DESC LIMIT {mark}"""

    def rows(self, record: Record) -> Rows:
        return self._codec.entry(record), self._codec.links(record)


def insert(table: str, columns: Collection[str], mark: str) -> str:
    """Return the statement that inserts a row."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"
