"""The floor on SQLite: sqlite3 itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from activitylog_sql._sqlite import SQLITE
from benchmarks.sql_floor import ENTRIES, ENTRY_COLUMNS, LINK_COLUMNS, LINKS, Rows, SQLFloor, insert

_ENTRY, _LINK = insert(ENTRIES, ENTRY_COLUMNS, "?"), insert(LINKS, LINK_COLUMNS, "?")


class SQLiteFloor(SQLFloor):
    """A connection on a file."""

    week = "date(occurred_at, 'weekday 0', '-6 days')"
    talks = f"""id IN (SELECT e.id FROM {ENTRIES} AS e INDEXED BY {ENTRIES}_conversation
        WHERE e.tenant = ? AND e.conversation <> '')"""

    def __init__(self, url: str) -> None:
        super().__init__(SQLITE, mark="?", join="CROSS JOIN", absent="9999-12-31 00:00:00")
        path, _, synchronous = url.removeprefix("sqlite:///").partition("?synchronous=")
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute(f"PRAGMA synchronous={synchronous}")

    def write(self, rows: Rows) -> None:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        run(_ENTRY, rows[0])
        self._connection.executemany(_LINK, rows[1])
        run("COMMIT")

    def write_many(self, many: Sequence[Rows]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(_ENTRY, [entry for entry, _ in many])
        self._connection.executemany(_LINK, [link for _, links in many for link in links])
        self._connection.execute("COMMIT")

    def run(self, statement: str, values: Sequence[Any]) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        self._connection.close()
