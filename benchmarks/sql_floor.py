"""What the floors of SQL databases have in common: their statements."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, ClassVar

from activitylog.storage import Record
from activitylog_sql._codec import codec_of
from activitylog_sql._columns import ENTRY_COLUMNS, LINK_COLUMNS, Kind
from activitylog_sql._dialect import Dialect
from activitylog_sql._schema import ENTRIES, LINKS
from benchmarks.floor import Floor

__all__ = ["ENTRIES", "ENTRY_COLUMNS", "LINKS", "LINK_COLUMNS", "Rows", "SQLFloor", "insert", "page_columns"]

Rows = tuple[Sequence[Any], list[Sequence[Any]]]
"""The row of an entry, and those of its links."""


_OCCURRED, _ID = (list(ENTRY_COLUMNS).index(name) for name in ("occurred_at", "id"))
_CONVERSATION = "e.tenant = l.tenant AND e.conversation <> ''"


class SQLFloor(Floor):
    """Rows by the library's own codec, and the statement that reads a page."""

    week: ClassVar[str]
    """The expression of an entry's week."""
    talks: ClassVar[str] = f"EXISTS (SELECT 1 FROM {ENTRIES} AS e WHERE {_CONVERSATION} AND e.id = l.id)"
    """The condition that the entry of a link belongs to a conversation."""

    def __init__(self, dialect: Dialect, *, mark: str, join: str, absent: str) -> None:
        self._codec, self._mark = codec_of(dialect), mark
        self._columns = page_columns(dialect)
        page = f"""SELECT {self._columns} FROM {LINKS} AS l
            {join} {ENTRIES} AS e ON e.tenant = l.tenant AND e.id = l.id
            WHERE l.tenant = {mark} AND l.ref = {mark} AND l.deleted_at >= '{absent}' AND l.archived_at >= '{absent}'"""
        newest_first = f"ORDER BY l.occurred_at DESC, l.id DESC LIMIT {mark}"
        self._first = f"{page} {newest_first}"
        self._next = f"{page} AND (l.occurred_at, l.id) < ({mark}, {mark}) {newest_first}"
        there = f"tenant = {mark} AND deleted_at >= '{absent}' AND archived_at >= '{absent}'"
        self._weeks = f"""SELECT {self.week} AS week, count(*) FROM {ENTRIES}
            WHERE {there} AND type <> 'timeline.viewed' GROUP BY 1"""
        self._types = f"""SELECT type, {self.week} AS week, count(*) FROM {ENTRIES}
            WHERE {there} AND type <> 'timeline.viewed' GROUP BY 1, 2"""
        said = f"{there} AND direction IN ('incoming', 'outgoing') AND type <> 'timeline.viewed'"
        talks = _pairs("conversation", f"{ENTRIES} WHERE {said} AND conversation <> ''")
        others = _pairs("ref", f"{LINKS} AS l WHERE {said} AND role = 'subject' AND NOT {self.talks}")
        wait = dialect.milliseconds("at", "answer")
        self._waits = f"""SELECT count(*), count(answer), avg({wait}) FROM (
            SELECT at, answer FROM ({talks}) AS talks UNION ALL
            SELECT min(at), min(answer) FROM ({others}) AS others GROUP BY id) AS gaps"""

    def page(self, tenant: str, ref: str, limit: int, after: Any = None) -> Sequence[Any]:
        if after is None:
            return self.run(self._first, (tenant, ref, limit))
        return self.run(self._next, (tenant, ref, *after, limit))

    def position(self, row: Sequence[Any]) -> tuple[Any, Any]:
        return row[_OCCURRED], row[_ID]

    def weeks(self, tenant: str) -> Sequence[Any]:
        return self.run(self._weeks, (tenant,))

    def types_by_week(self, tenant: str) -> Sequence[Any]:
        return self.run(self._types, (tenant,))

    def waits(self, tenant: str) -> Sequence[Any]:
        return self.run(self._waits, (tenant,) * self._waits.count(self._mark))

    @abstractmethod
    def run(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        """Run a statement and return its rows."""

    def rows(self, record: Record) -> Rows:
        return self._codec.entry(record), self._codec.links(record)


@cache
def page_columns(dialect: Dialect) -> str:
    """Return what a page selects, as a hand would write it: the columns as they are, and JSON as text."""
    shown = {
        name: f"e.{name}" if kind is Kind.TIME else dialect.shown(f"e.{name}", kind)
        for name, kind in ENTRY_COLUMNS.items()
    }
    return ", ".join({**shown, "digest": "''", "words": "''"}.values())


def _pairs(thread: str, source: str) -> str:
    """Return the statement of incoming entries beside their answers: turns by one window, pairs by the next."""
    turns = f"""SELECT id, occurred_at AS at, direction, {thread},
        lag(direction) OVER (PARTITION BY {thread} ORDER BY occurred_at, id) AS earlier FROM {source}"""
    return f"""SELECT id, at, answer FROM (
        SELECT id, at, direction, lead(at) OVER (PARTITION BY {thread} ORDER BY at, id) AS answer
        FROM ({turns}) AS turns WHERE earlier IS NULL OR earlier <> direction) AS pairs WHERE direction = 'incoming'"""


def insert(table: str, columns: Collection[str], mark: str) -> str:
    """Return the statement that inserts a row."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"
