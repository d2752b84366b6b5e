"""The executor on PyMySQL's cursor: keys are binary there, and texts here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from pymysql.constants.FIELD_TYPE import STRING
from pymysql.cursors import SSCursor

from activitylog_sql._executor import NO_VALUES, Cursor, Executor, Row

__all__ = ["MySQLExecutor"]


class MySQLExecutor(Executor):
    """Statements carry their values, quoted by the driver."""

    __slots__ = ("_connection",)

    def __init__(self, cursor: Any) -> None:
        super().__init__(cursor, "%s")
        self._connection = cursor.connection

    def run(self, statement: str, rows: Sequence[Row] = NO_VALUES) -> list[Any]:
        """Run the statement as every executor does."""
        found = super().run(statement, rows)
        return self._read(self._cursor, found) if found else found

    def run_each(self, statement: str, rows: Iterable[Row]) -> None:
        """Run the statement as every executor does; the driver wants one row at least."""
        remaining = iter(rows)
        for first in remaining:
            super().run_each(statement, chain((first,), remaining))

    def _streaming(self) -> Cursor:
        """Leave on the wire what is not read yet: until all of it is, the connection is not free."""
        return SSCursor(self._connection)

    def _read(self, cursor: Cursor, rows: list[Any]) -> list[Any]:
        """Read binary values as text, but for ids, which are BINARY."""
        texts = [column[1] != STRING for column in cursor.description]
        return [
            tuple(
                [
                    value.decode() if is_text and type(value) is bytes else value
                    for value, is_text in zip(row, texts, strict=True)
                ]
            )
            for row in rows
        ]
