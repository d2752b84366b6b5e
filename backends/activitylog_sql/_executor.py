"""The seam through which every statement leaves: SQL text, and values that are driver primitives already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from activitylog_sql._sqlite import Primitive

__all__ = ["Cursor", "Executor", "Row"]

Row = Sequence[Primitive]

_NO_VALUES: tuple[Row, ...] = ((),)


class Cursor(Protocol):
    """What a cursor of PEP 249 has."""

    @property
    def description(self) -> Any: ...
    @property
    def rowcount(self) -> int: ...
    def execute(self, statement: str, values: Any, /) -> Any: ...
    def executemany(self, statement: str, rows: Any, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...


class Executor:
    """Runs statements, whose values are marked by ``?``, on the cursor of whoever owns the transaction."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def run(self, statement: str, rows: Sequence[Row] = _NO_VALUES) -> list[Any]:
        """Run the statement once for each row of values; of a single row, return all that it selects."""
        cursor = self._cursor
        if len(rows) == 1:
            cursor.execute(statement, rows[0])
            return cursor.fetchall() if cursor.description else []
        if rows:
            cursor.executemany(statement, rows)
        return []

    @property
    def changed(self) -> int:
        """How many rows the last statement wrote, over all of its rows of values."""
        return self._cursor.rowcount
