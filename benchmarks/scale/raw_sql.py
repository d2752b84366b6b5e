"""The raw drivers of SQL databases: psycopg and sqlite3."""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import orjson
import psycopg
from sqlalchemy import make_url

from activitylog_sql._codec import codec_of
from activitylog_sql._columns import ENTRY_COLUMNS
from activitylog_sql._dialect import Dialect
from activitylog_sql._postgresql.dialect import POSTGRESQL
from activitylog_sql._schema import ENTRIES, LINKS, VERSIONS
from activitylog_sql._sqlite import SQLITE
from benchmarks.measure import Work
from benchmarks.scale.entries import TENANT
from benchmarks.scale.raw import Asked, Raw
from benchmarks.sql_floor import page_columns

__all__ = ["RawPostgreSQL", "RawSQLite"]

_OCCURRED, _ID = (list(ENTRY_COLUMNS).index(name) for name in ("occurred_at", "id"))
_PARTIAL = ("batch", "conversation", "assignee")
"""Columns whose index holds those rows only that have a value."""


class _RawSQL(Raw):
    dialect: ClassVar[Dialect]
    mark: ClassVar[str]
    join: ClassVar[str]
    absent: ClassVar[str]
    week: ClassVar[str]

    @abstractmethod
    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """Run a statement by itself and return its rows."""

    def page(self, asked: Asked, after: Any = None) -> list[Any]:
        m, down, before = self.mark, *((" DESC", "<") if asked.newest_first else ("", ">"))
        way = "l" if asked.ref else "e"
        where = [f"{way}.{name} = {m}" for name in asked.where]
        where += [f"{way}.{name} <> ''" for name in asked.where if name in _PARTIAL]
        if after is not None:
            where.append(f"({way}.{asked.order}, {way}.id) {before} ({m}, {m})")
        statement = f"""SELECT {page_columns(self.dialect)} FROM {self._source(asked.ref)}
            {"".join(f" AND {each}" for each in where)}
            ORDER BY {way}.{asked.order}{down}, {way}.id{down} LIMIT {m}"""
        ref = (asked.ref,) if asked.ref else ()
        return self.run(statement, (TENANT, *ref, *asked.where.values(), *(after or ()), asked.limit))

    def position(self, row: Sequence[Any]) -> tuple[Any, Any]:
        return row[_OCCURRED], row[_ID]

    def get(self, id: UUID) -> list[Any]:
        columns = codec_of(self.dialect).all_columns
        statement = f"SELECT {columns} FROM {ENTRIES} AS e WHERE e.tenant = {self.mark} AND e.id = {self.mark}"
        return self.run(statement, (TENANT, self.dialect.id(id)))

    def history(self, id: UUID) -> list[Any]:
        statement = f"""SELECT record FROM {VERSIONS} WHERE tenant = {self.mark} AND id = {self.mark}
            ORDER BY version DESC LIMIT 1000"""
        return self.run(statement, (TENANT, self.dialect.id(id)))

    def arrived(self, recorded_at: datetime, limit: int) -> list[Any]:
        place = self.dialect.time(recorded_at), self.dialect.lowest_id
        return self.page(Asked(order="recorded_at", newest_first=False, limit=limit), place)

    def count(self, ref: str) -> int:
        m = self.mark
        statement = f"SELECT count(*) FROM {LINKS} AS l WHERE l.tenant = {m} AND l.ref = {m}{self._there('l')}"
        return int(self.run(statement, (TENANT, ref))[0][0])

    def by_type_and_week(self, ref: str) -> list[Any]:
        way, table, of_ref = ("l", LINKS, f" AND l.ref = {self.mark}") if ref else ("e", ENTRIES, "")
        statement = f"""SELECT {way}.type, {self.week.format(way)}, count(*) FROM {table} AS {way}
            WHERE {way}.tenant = {self.mark}{of_ref}{self._there(way)} GROUP BY 1, 2"""
        return self.run(statement, (TENANT, ref) if ref else (TENANT,))

    def by_key(self, key: str) -> list[Any]:
        statement = f"SELECT id FROM {ENTRIES} WHERE tenant = {self.mark} AND idempotency_key = {self.mark}"
        return self.run(statement, (TENANT, key))

    def create(self, index: str, again: str) -> None:
        self.run(again)

    def _source(self, ref: str) -> str:
        if not ref:
            return f"{ENTRIES} AS e WHERE e.tenant = {self.mark}{self._there('e')}"
        joined = f"{LINKS} AS l {self.join} {ENTRIES} AS e ON e.tenant = l.tenant AND e.id = l.id"
        return f"{joined} WHERE l.tenant = {self.mark} AND l.ref = {self.mark}{self._there('l')}"

    def _there(self, way: str) -> str:
        return f" AND {way}.deleted_at >= '{self.absent}' AND {way}.archived_at >= '{self.absent}'"

    def _purge(self, cursor: Any, ids: Sequence[UUID]) -> None:
        m = self.mark
        among, values = self.dialect.among("id", [self.dialect.id(id) for id in ids])
        among = f"tenant = {m} AND {among.replace('?', m)}"
        cursor.execute(f"SELECT id, occurred_at, links FROM {ENTRIES} WHERE {among}", (TENANT, *values))
        links = [
            (TENANT, link[0], at, id)
            for id, at, found in cursor.fetchall()
            for link in (orjson.loads(found) if isinstance(found, str) else found)
        ]
        key = " AND ".join(f"{name} = {m}" for name in ("tenant", "ref", "occurred_at", "id"))
        cursor.executemany(f"DELETE FROM {LINKS} WHERE {key}", links)
        for table in (VERSIONS, ENTRIES):
            cursor.execute(f"DELETE FROM {table} WHERE {among}", (TENANT, *values))


class RawPostgreSQL(_RawSQL):
    """A connection that commits by itself, and reads times in UTC."""

    dialect, mark, join, absent = POSTGRESQL, "%s", "JOIN", "9999-12-31 00:00:00+00"
    week = "date_trunc('week', {}.occurred_at AT TIME ZONE 'UTC')"

    def __init__(self, url: str) -> None:
        native = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(native, autocommit=True)

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        found = self._connection.execute(statement, values or None)
        return found.fetchall() if found.description else []

    def purge(self, ids: Sequence[UUID]) -> None:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            self._purge(cursor, ids)

    def sizes(self) -> dict[str, int]:
        found = self.run("""SELECT relname, pg_relation_size(oid) FROM pg_class
            WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'i')""")
        return {name: size for name, size in sorted(found) if size > 65_536}

    def indexes(self) -> dict[str, str]:
        found = self.run("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()")
        return dict(sorted(found))

    def drop(self, index: str) -> None:
        key = self.run("SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = %s", (index,))
        self.run(f"ALTER TABLE {key[0][0]} DROP CONSTRAINT {index}" if key else f"DROP INDEX {index}")

    def tidy(self) -> None:
        self.run("VACUUM (ANALYZE)")

    def written(self, work: Work) -> int:
        self.run("CHECKPOINT")
        [(before,)] = self.run("SELECT pg_current_wal_insert_lsn()::text")
        work()
        [(found,)] = self.run("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)", (before,))
        return int(found)

    @property
    def version(self) -> str:
        return f"PostgreSQL {self.run('SHOW server_version')[0][0]}"

    def close(self) -> None:
        self._connection.close()


class RawSQLite(_RawSQL):
    """A connection on a file."""

    dialect, mark, join, absent = SQLITE, "?", "CROSS JOIN", "9999-12-31 00:00:00"
    week = "date({}.occurred_at, 'weekday 0', '-6 days')"

    def __init__(self, url: str) -> None:
        self._path, _, synchronous = url.removeprefix("sqlite:///").partition("?synchronous=")
        self._connection = sqlite3.connect(self._path, isolation_level=None)
        self._connection.execute(f"PRAGMA synchronous={synchronous or 'FULL'}")

    def run(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def purge(self, ids: Sequence[UUID]) -> None:
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        self._purge(cursor, ids)
        cursor.execute("COMMIT")

    def sizes(self) -> dict[str, int]:
        # by pages: the bytes of each, pgsize, are a number of 32 bits
        [(page,)] = self.run("PRAGMA page_size")
        found = self.run(f"SELECT name, pageno * {page} FROM dbstat WHERE aggregate = TRUE")
        return {name: size for name, size in sorted(found) if size > 65_536}

    def indexes(self) -> dict[str, str]:
        found = self.run("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return dict(sorted(found))

    def drop(self, index: str) -> None:
        self.run(f"DROP INDEX {index}")

    def tidy(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def written(self, work: Work) -> int:
        self.tidy()  # empties the log of writes, in which then is what one transaction wrote
        work()
        return Path(f"{self._path}-wal").stat().st_size

    @property
    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def close(self) -> None:
        self._connection.close()
