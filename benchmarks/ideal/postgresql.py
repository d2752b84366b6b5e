"""The ideal table on PostgreSQL: psycopg, COPY for many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import psycopg
from psycopg.types.json import Json
from sqlalchemy import make_url

from benchmarks.ideal.table import Row, SQLTable

__all__ = ["PostgreSQLExecutemany", "PostgreSQLTable"]


class PostgreSQLTable(SQLTable):
    """A connection that commits by itself."""

    mark: ClassVar[str] = "%s"

    def connect(self, url: str) -> None:
        native = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(native, autocommit=True)

    def row(self, **values: Any) -> Row:
        return tuple({**values, "data": Json(values["data"])}.values())

    def record(self, fact: list[Row]) -> None:
        statement = self.insert + self.further * (len(fact) - 1)
        self._connection.execute(statement, [value for row in fact for value in row])

    def record_many(self, facts: Sequence[list[Row]]) -> None:
        copying = f"COPY timeline ({self.columns}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(copying) as copy:
            for rows in facts:
                for row in rows:
                    copy.write_row(row)

    def run(self, statement: str, values: Sequence[Any]) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        self._connection.close()


class PostgreSQLExecutemany(PostgreSQLTable):
    """The same, but many rows by ``executemany``, which psycopg sends through a pipeline."""

    def record_many(self, facts: Sequence[list[Row]]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(self.insert, [row for rows in facts for row in rows])
