"""The ideal table on MariaDB: PyMySQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pymysql
from sqlalchemy import make_url

from benchmarks.ideal.table import Row, SQLTable

__all__ = ["MySQLTable"]


class MySQLTable(SQLTable):
    """A connection in one transaction after the other."""

    mark: ClassVar[str] = "%s"

    def connect(self, url: str) -> None:
        parts = make_url(url)
        self._connection = pymysql.connect(
            host=parts.host,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            database=parts.database,
            unix_socket=parts.query.get("unix_socket"),
            charset="utf8mb4",
        )
        self._cursor = self._connection.cursor()

    def row(self, **values: Any) -> Row:
        times = {name: values[name].replace(tzinfo=None) for name in ("occurred_at", "recorded_at")}
        return tuple({**values, **times, "id": values["id"].hex, "data": "{}"}.values())

    def record(self, fact: list[Row]) -> None:
        self.record_many([fact])

    def record_many(self, facts: Sequence[list[Row]]) -> None:
        self._cursor.executemany(self.insert, [row for rows in facts for row in rows])
        self._connection.commit()

    def run(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        self._cursor.execute(statement, values)
        found = self._cursor.fetchall()
        self._connection.commit()
        return found

    def close(self) -> None:
        self._connection.close()
