"""The floor: sqlite3 itself, writing and reading the same rows in the same schema with the same indexes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from activitylog.storage import Record
from activitylog_sql._codec import codec_of
from activitylog_sql._columns import ENTRY_COLUMNS, LINK_COLUMNS
from activitylog_sql._schema import ENTRIES, LINKS
from activitylog_sql._sqlite import SQLITE

_ENTRY = f"INSERT INTO {ENTRIES} ({', '.join(ENTRY_COLUMNS)}) VALUES ({', '.join('?' * len(ENTRY_COLUMNS))})"
_LINK = f"INSERT INTO {LINKS} ({', '.join(LINK_COLUMNS)}) VALUES ({', '.join('?' * len(LINK_COLUMNS))})"
_PAGE = f"""SELECT {", ".join("e." + name for name in list(ENTRY_COLUMNS)[:-2])} FROM {LINKS} l
    CROSS JOIN {ENTRIES} e ON e.tenant = l.tenant AND e.id = l.id
    WHERE l.tenant = ? AND l.ref = ?
    AND l.deleted_at >= '9999-12-31 00:00:00' AND l.archived_at >= '9999-12-31 00:00:00'
    ORDER BY l.occurred_at DESC, l.id DESC LIMIT ?"""

Rows = tuple[Sequence[Any], list[Sequence[Any]]]


class Floor:
    """A connection on a file that the library has set up."""

    def __init__(self, path: Path, synchronous: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute(f"PRAGMA synchronous={synchronous}")
        self._codec = codec_of(SQLITE)

    def rows(self, record: Record) -> Rows:
        """Return the rows of a record, made beforehand: encoding is the library's work, not the floor's."""
        return self._codec.entry(record), self._codec.links(record)

    def write(self, rows: Rows) -> None:
        """Write one entry durably."""
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        run(_ENTRY, rows[0])
        self._connection.executemany(_LINK, rows[1])
        run("COMMIT")

    def write_many(self, many: Sequence[Rows]) -> None:
        """Write entries in one transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(_ENTRY, [entry for entry, _ in many])
        self._connection.executemany(_LINK, [link for _, links in many for link in links])
        self._connection.execute("COMMIT")

    def page(self, tenant: str, ref: str, limit: int) -> list[Any]:
        """Read the newest entries of a subject, as rows."""
        return self._connection.execute(_PAGE, (tenant, ref, limit)).fetchall()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
