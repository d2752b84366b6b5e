"""The floor on PostgreSQL: psycopg, with one statement for an entry, and COPY for many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import make_url

from activitylog_sql._postgresql.dialect import POSTGRESQL
from activitylog_sql._postgresql.search import _WORDS
from benchmarks.sql_floor import ENTRIES, ENTRY_COLUMNS, LINK_COLUMNS, LINKS, Rows, SQLFloor, insert

_COPY_ENTRIES, _COPY_LINKS = (
    f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    for table, columns in ((ENTRIES, ENTRY_COLUMNS), (LINKS, LINK_COLUMNS))
)


class PostgreSQLFloor(SQLFloor):
    """A connection that commits by itself."""

    week = "date_trunc('week', occurred_at AT TIME ZONE 'UTC')"

    def __init__(self, url: str) -> None:
        super().__init__(POSTGRESQL, mark="%s", join="JOIN", absent="9999-12-31 00:00:00+00")
        there = "deleted_at >= '9999-12-31 00:00:00+00' AND archived_at >= '9999-12-31 00:00:00+00'"
        self._search = self._first.replace(" ORDER BY", " AND e.words LIKE %s ORDER BY")
        self._search_tenant = f"""SELECT {self._columns} FROM {ENTRIES} AS e
            WHERE {_WORDS} @@ %s::tsquery AND {there} ORDER BY occurred_at DESC, id DESC LIMIT %s"""
        native = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(native, autocommit=True)

    def write(self, rows: Rows) -> None:
        entry, links = rows
        self._connection.execute(_entry_with(len(links)), [*entry, *(value for link in links for value in link)])

    def write_many(self, many: Sequence[Rows]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            _copy(cursor, _COPY_ENTRIES, (entry for entry, _ in many))
            _copy(cursor, _COPY_LINKS, (link for _, links in many for link in links))

    def search(self, tenant: str, ref: str, word: str, limit: int) -> list[Any]:
        """Read the newest entries of a subject that have a word which begins so."""
        return self.run(self._search, (tenant, ref, f"% {word}%", limit))

    def search_tenant(self, tenant: str, words: Sequence[str], limit: int) -> list[Any]:
        """Read the newest entries of a tenant that have such words, by the search index."""
        return self.run(self._search_tenant, (" & ".join([f"'{tenant}/{word}':*" for word in words]), limit))

    def run(self, statement: str, values: Sequence[Any]) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        self._connection.close()


@cache
def _entry_with(links: int) -> str:
    first = insert(LINKS, LINK_COLUMNS, "%s")
    more = f", ({', '.join(['%s'] * len(LINK_COLUMNS))})" * (links - 1)
    return f"WITH e AS ({insert(ENTRIES, ENTRY_COLUMNS, '%s')}) {first}{more}"


def _copy(cursor: psycopg.Cursor[Any], statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
