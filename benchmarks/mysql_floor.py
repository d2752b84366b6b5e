"""The floor on MariaDB and MySQL: PyMySQL, whose executemany sends many rows by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pymysql
from sqlalchemy import make_url

from activitylog_sql._mysql.dialect import MYSQL
from benchmarks.sql_floor import ENTRIES, ENTRY_COLUMNS, LINK_COLUMNS, LINKS, Rows, SQLFloor, insert

_ENTRY, _LINK = insert(ENTRIES, ENTRY_COLUMNS, "%s"), insert(LINKS, LINK_COLUMNS, "%s")


class MySQLFloor(SQLFloor):
    """A connection in one transaction after the other."""

    week = "yearweek(occurred_at, 3)"

    def __init__(self, url: str) -> None:
        super().__init__(MYSQL, mark="%s", join="STRAIGHT_JOIN", absent="9999-12-31 00:00:00")
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

    def write(self, rows: Rows) -> None:
        self._cursor.execute(_ENTRY, rows[0])
        self._cursor.executemany(_LINK, rows[1])
        self._connection.commit()

    def write_many(self, many: Sequence[Rows]) -> None:
        self._cursor.executemany(_ENTRY, [entry for entry, _ in many])
        self._cursor.executemany(_LINK, [link for _, links in many for link in links])
        self._connection.commit()

    def run(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        self._cursor.execute(statement, values)
        found = self._cursor.fetchall()
        self._connection.commit()
        return found

    def close(self) -> None:
        self._connection.close()
