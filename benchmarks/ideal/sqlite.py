"""The ideal table on SQLite: sqlite3 itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, ClassVar

from benchmarks.ideal.table import Row, SQLTable

__all__ = ["SQLiteTable"]


class SQLiteTable(SQLTable):
    """A connection on a file."""

    mark: ClassVar[str] = "?"

    def connect(self, url: str) -> None:
        path, _, synchronous = url.removeprefix("sqlite:///").partition("?synchronous=")
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute(f"PRAGMA synchronous = {synchronous}")

    def row(self, **values: Any) -> Row:
        times = {name: values[name].isoformat(" ") for name in ("occurred_at", "recorded_at")}
        return tuple({**values, **times, "id": values["id"].hex, "data": "{}"}.values())

    def record(self, fact: list[Row]) -> None:
        if len(fact) == 1:
            self._connection.execute(self.insert, fact[0])
        else:
            self.record_many([fact])

    def record_many(self, facts: Sequence[list[Row]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(self.insert, [row for rows in facts for row in rows])
        self._connection.execute("COMMIT")

    def run(self, statement: str, values: Sequence[Any]) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        self._connection.close()
