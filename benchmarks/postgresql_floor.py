"""The floor on PostgreSQL: psycopg, with one statement for an entry, and COPY for many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import Any

import psycopg
from sqlalchemy import make_url

from activitylog_sql._postgresql.dialect import POSTGRESQL
from activitylog_sql._postgresql.search import _REFS, _WORDS
from benchmarks.sql_floor import ENTRIES, ENTRY_COLUMNS, LINK_COLUMNS, LINKS, Rows, SQLFloor, insert

_REF, _ROLE = (list(LINK_COLUMNS).index(name) for name in ("ref", "role"))
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
        self._walk = self._first.replace(" ORDER BY", " AND e.words LIKE %s ORDER BY")
        newest = f"{there} ORDER BY occurred_at DESC, id DESC LIMIT %s"
        self._walk_tenant = f"SELECT {self._columns} FROM {ENTRIES} AS e WHERE tenant = %s AND {{}} AND {newest}"
        indexed = f"SELECT {self._columns} FROM {ENTRIES} AS e WHERE {_WORDS} @@ %s::tsquery"
        self._indexed = f"{indexed} AND {_REFS} @@ %s::jsonpath AND {newest}"
        self._indexed_tenant = f"{indexed} AND {newest}"
        native = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(native, autocommit=True)

    def write(self, rows: Rows) -> None:
        entry, links = rows
        self._connection.execute(_entry_with(len(links)), [*entry, *(link[i] for link in links for i in (_REF, _ROLE))])

    def write_many(self, many: Sequence[Rows]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            _copy(cursor, _COPY_ENTRIES, (entry for entry, _ in many))
            _copy(cursor, _COPY_LINKS, (link for _, links in many for link in links))

    def searches(self, tenant: str, ref: str, word: str, limit: int) -> Iterator[Callable[[], list[Any]]]:
        """Give the two ways to the newest entries of a subject with a word: over its links, and by the search index."""
        yield partial(self.run, self._walk, (tenant, ref, f"% {word}%", limit))
        yield partial(self.run, self._indexed, (_query(tenant, [word]), f'$[*] == "{ref}"', limit))

    def searches_of_tenant(self, tenant: str, words: Sequence[str], limit: int) -> Iterator[Callable[[], list[Any]]]:
        """Give the two ways to those of a tenant with all of some words: back in time, and by the search index."""
        yield partial(self.run, self._indexed_tenant, (_query(tenant, words), limit))
        walk = self._walk_tenant.format(" AND ".join(["words LIKE %s"] * len(words)))
        yield partial(self.run, walk, (tenant, *(f"% {word}%" for word in words), limit))

    def run(self, statement: str, values: Sequence[Any]) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        self._connection.close()


def _query(tenant: str, words: Sequence[str]) -> str:
    return " & ".join([f"'{tenant}/{word}':*" for word in words])


@cache
def _entry_with(links: int) -> str:
    """Return the statement that adds an entry and its links, which have from it all but their ref and role."""
    of_entry = [name for name in LINK_COLUMNS if name not in {"ref", "role"}]
    entry = f"{insert(ENTRIES, ENTRY_COLUMNS, '%s')} RETURNING {', '.join(of_entry)}"
    own = ", ".join(["(%s::text, %s::text)"] * links)
    return f"""WITH e AS ({entry}) INSERT INTO {LINKS} ({", ".join([*of_entry, "ref", "role"])})
        SELECT {", ".join(f"e.{name}" for name in of_entry)}, l.ref, l.role FROM e, (VALUES {own}) AS l (ref, role)"""


def _copy(cursor: psycopg.Cursor[Any], statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
