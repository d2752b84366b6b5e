"""The executor on PyMySQL's cursor: keys are binary there, and texts here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymysql.constants.FIELD_TYPE import STRING

from activitylog_sql._executor import NO_VALUES, Executor, Row

__all__ = ["MySQLExecutor"]


class MySQLExecutor(Executor):
    """Statements carry their values, quoted by the driver."""

    __slots__ = ()

    def __init__(self, cursor: Any) -> None:
        super().__init__(cursor, "%s")

    def run(self, statement: str, rows: Sequence[Row] = NO_VALUES) -> list[Any]:
        """Run the statement as every executor does; read binary values as text, but for ids, which are BINARY."""
        found = super().run(statement, rows)
        if not found:
            return found
        texts = [column[1] != STRING for column in self._cursor.description]
        return [
            tuple(
                [
                    value.decode() if is_text and type(value) is bytes else value
                    for value, is_text in zip(row, texts, strict=True)
                ]
            )
            for row in found
        ]
