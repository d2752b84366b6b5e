"""The dialect of SQLite."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from uuid import UUID

import orjson

from activitylog.storage import ABSENT, Bucket, Unit
from activitylog_sql._columns import ENTRY_COLUMNS, LINK_COLUMNS, Kind
from activitylog_sql._dialect import WALK_TENANTS, Condition, Dialect, listed
from activitylog_sql._executor import Executor, Primitive, Row, insert
from activitylog_sql._schema import ENTRIES, LINKS, Table

__all__ = ["SQLITE", "SQLite"]

_NOTHING: Final = " ON CONFLICT DO NOTHING"
_INSERT_ENTRY: Final = insert(ENTRIES, ENTRY_COLUMNS, _NOTHING)
_INSERT_LINK: Final = insert(LINKS, LINK_COLUMNS)
_EMPTY: Final = "[]"

_ABSENT: Final = "9999-12-31 00:00:00"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STARTS: Final = {
    Unit.HOUR: ("%Y-%m-%d %H:00:00", ""),
    Unit.DAY: ("%Y-%m-%d 00:00:00", ""),
    Unit.WEEK: ("%Y-%m-%d 00:00:00", ", 'weekday 0', '-6 days'"),
    Unit.MONTH: ("%Y-%m-01 00:00:00", ""),
}


class SQLite(Dialect):
    """Values as Django writes and reads them on SQLite, and the expressions that are SQLite's own.

    Times are naive UTC text, without a fraction where it is zero: their order as text is their order in time, because
    the end of a text comes before any digit. Ids are 32 hex digits, truth is 0 or 1.
    """

    types = dict.fromkeys(Kind, "TEXT") | dict.fromkeys((Kind.FLAG, Kind.NUMBER), "INTEGER")
    join = "CROSS JOIN"
    lowest_id = UUID(int=0).hex

    def time(self, value: datetime) -> str:
        return value.isoformat(" ")[:-6]

    def read_time(self, text: str) -> datetime:
        return ABSENT if text == _ABSENT else datetime.fromisoformat(text + "+00:00")

    def id(self, value: UUID) -> str:
        return value.hex

    def read_id(self, text: str) -> UUID:
        return UUID(int=int(text, 16))  # quicker than to take the text apart

    def json(self, text: str) -> str:
        return text

    def read_json(self, value: str) -> str:
        return value

    def texts(self, values: Sequence[str]) -> str:
        return orjson.dumps(values).decode() if values else _EMPTY

    def read_texts(self, value: str) -> tuple[str, ...]:
        return listed(value)

    def among(self, column: str, values: Collection[Primitive]) -> Condition:
        """Return a condition with one value: however many there are, the statement is the same."""
        if len(values) == 1:
            return f"{column} = ?", list(values)
        return f"{column} IN (SELECT value FROM json_each(?))", [orjson.dumps(list(values)).decode()]

    def has(self, column: str, place: int | None, values: Collection[str]) -> Condition:
        found, wanted = self.among(self.item("m", place), values)
        return f"EXISTS (SELECT 1 FROM {self.each(column, place, 'm')} WHERE {found})", wanted

    def begins_a_word(self, column: str) -> str:
        return f"instr({column}, ?) > 0"

    def using(self, index: str) -> str:
        """Have the table read by this index, or fail where that cannot be."""
        return f" INDEXED BY {index}"

    def each(self, column: str, place: int | None, alias: str) -> str:
        return f"json_each({column}) AS {alias}"

    def item(self, alias: str, place: int | None) -> str:
        return f"{alias}.value" if place is None else f"json_extract({alias}.value, '$[{place}]')"

    def shift(self, column: str, bucket: Bucket) -> Condition:
        values: list[Primitive] = []
        cases = ""
        for from_ms, offset_ms in reversed(bucket.offsets[1:]):
            cases += f" WHEN {column} >= ? THEN ?"
            values += self.time(_EPOCH + timedelta(milliseconds=from_ms)), _modifier(offset_ms)
        values.append(_modifier(bucket.offsets[0][1]))
        return f"CASE{cases} ELSE ? END" if cases else "?", values

    def start(self, column: str, shift: str, unit: Unit) -> str:
        form, onwards = _STARTS[unit]
        return f"strftime('{form}', {column}, {shift}{onwards})"

    def read_start(self, start: str, shift: str) -> datetime:
        return datetime.fromisoformat(start).replace(tzinfo=timezone(timedelta(milliseconds=_milliseconds(shift))))

    def milliseconds(self, first: str, second: str) -> str:
        return f"CAST(round((julianday({second}) - julianday({first})) * 86400000) AS INTEGER)"

    def add(self, executor: Executor, count: int, entries: Iterable[Row], links: Iterable[Row]) -> bool:
        executor.run_each(_INSERT_ENTRY, entries)
        complete = executor.changed == count
        if complete:
            executor.run_each(_INSERT_LINK, links)
        return complete

    def insert_new(self, executor: Executor, table: str, columns: Collection[str], row: Row) -> bool:
        executor.run(insert(table, columns, _NOTHING), (row,))
        return executor.changed == 1

    @property
    def tenants(self) -> str:
        return WALK_TENANTS

    def explain(self, executor: Executor, statement: str, values: Row) -> str:
        depths = {0: -1}
        lines = []
        for id, parent, _, detail in executor.run(f"EXPLAIN QUERY PLAN {statement}", (values,)):
            depths[id] = depths[parent] + 1
            lines.append("  " * depths[id] + detail)
        return "\n".join(lines)

    def has_table(self, executor: Executor, name: str) -> bool:
        return bool(executor.run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", ((name,),)))

    def create_table(self, table: Table) -> list[str]:
        """Keep entries by the number of their row, with an index whose name ``using`` can give."""
        key = f"({', '.join(table.key)})"
        columns = ", ".join(self.columns(table))
        if table.key_name:
            return [
                f"CREATE TABLE {table.name} ({columns})",
                f"CREATE UNIQUE INDEX {table.key_name} ON {table.name} {key}",
            ]
        clustered = " WITHOUT ROWID" if table.clustered else ""
        return [f"CREATE TABLE {table.name} ({columns}, PRIMARY KEY {key}){clustered}"]


def _modifier(offset_ms: int) -> str:
    """Write an offset as a modifier of SQLite's time functions, which are exact to the millisecond."""
    seconds, ms = divmod(abs(offset_ms), 1000)
    return f"{'-' if offset_ms < 0 else '+'}{seconds}.{ms:03d} seconds"


def _milliseconds(modifier: str) -> int:
    return int(modifier.removesuffix(" seconds").replace(".", ""))


SQLITE: Final = SQLite()
