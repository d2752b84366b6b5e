"""The executor on psycopg's cursor, which can also copy rows in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, RawCursor

from activitylog_sql._executor import Executor, Row

__all__ = ["PostgreSQLExecutor"]


class PostgreSQLExecutor(Executor):
    """Statements leave as they are, with ``$1``: the driver looks for no marks in them."""

    __slots__ = ("_raw",)

    def __init__(self, connection: Connection[Any]) -> None:
        self._raw: RawCursor[Any] = RawCursor(connection)
        super().__init__(self._raw, "$")

    def copy(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a ``COPY … FROM STDIN`` with these rows."""
        with self._raw.copy(statement.encode()) as copy:
            write = copy.write_row
            for row in rows:
                write(row)
