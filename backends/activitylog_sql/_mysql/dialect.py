"""The dialect of MySQL 8 and MariaDB 10.6, and newer."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar, Final
from uuid import UUID

import orjson
from pymysql.constants import ER
from pymysql.err import IntegrityError, MySQLError

from activitylog.storage import ABSENT, Bucket, Unit
from activitylog_sql._columns import ENTRY_COLUMNS, LINK_COLUMNS, Kind
from activitylog_sql._dialect import Condition, Dialect, listed
from activitylog_sql._executor import Executor, Primitive, Row, insert
from activitylog_sql._schema import ENTRIES, LINKS

__all__ = ["MYSQL", "MySQL"]

_ABSENT: Final = datetime(9999, 12, 31)  # noqa: DTZ001 -- as it is read
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EMPTY: Final = "[]"
_TEXT: Final = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
_INSERT_ENTRY: Final = insert(ENTRIES, ENTRY_COLUMNS)
_INSERT_LINK: Final = insert(LINKS, LINK_COLUMNS)
_THERE: Final = frozenset(
    {ER.TABLE_EXISTS_ERROR, ER.DUP_FIELDNAME, ER.DUP_KEYNAME, ER.CANT_DROP_FIELD_OR_KEY, ER.TRG_ALREADY_EXISTS}
)
_STARTS: Final = {
    Unit.HOUR: "to_days({local}) * 24 + hour({local})",
    Unit.DAY: "to_days({local}) * 24",
    Unit.WEEK: "(to_days({local}) - weekday({local})) * 24",
    Unit.MONTH: "(to_days({local}) - dayofmonth({local}) + 1) * 24",
}
"""In hours, which are grouped in a fraction of the time that texts take."""
_FIRST_DAY: Final = 366
"""What ``to_days`` says of the first day of year 1."""


class MySQL(Dialect):
    """Keys are binary, so that they compare by code point and to the last space; times are naive UTC.

    The schema says its character set and collation itself, whatever the defaults of server and database.
    """

    types: ClassVar = {
        Kind.ID: "BINARY(16)",
        Kind.KEY: "VARBINARY(320)",
        Kind.TEXT: f"LONGTEXT {_TEXT}",
        Kind.TIME: "DATETIME(3)",
        Kind.FLAG: "BOOLEAN",
        Kind.NUMBER: "INTEGER",
        Kind.JSON: f"LONGTEXT {_TEXT}",
        Kind.LIST: f"LONGTEXT {_TEXT}",
        Kind.TABLE: f"LONGTEXT {_TEXT}",
    }
    table_options = " ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    partial_indexes = False
    join = "STRAIGHT_JOIN"
    locking = " FOR UPDATE"
    whole = "id"  # the rows lie in it: by another index each would be looked up
    lowest_id = UUID(int=0).bytes
    latest = " LOCK IN SHARE MODE"

    # -- values --------------------------------------------------------------------------------------------------------

    def time(self, value: datetime) -> str:
        return value.isoformat(" ", "milliseconds")[:-6]

    def read_time(self, value: datetime) -> datetime:
        return ABSENT if value == _ABSENT else value.replace(tzinfo=UTC)

    def id(self, value: UUID) -> bytes:
        return value.bytes

    def read_id(self, value: bytes) -> UUID:
        return UUID(bytes=value)

    def texts(self, values: Sequence[str]) -> str:
        return orjson.dumps(values).decode() if values else _EMPTY

    def read_texts(self, value: str) -> tuple[str, ...]:
        return listed(value)

    # -- expressions ---------------------------------------------------------------------------------------------------

    def among(self, column: str, values: Collection[Primitive]) -> Condition:
        if not values:
            return "1 = 0", []
        return f"{column} IN ({', '.join('?' * len(values))})", list(values)

    def has(self, column: str, place: int | None, values: Collection[str]) -> Condition:
        found, wanted = self.among(self.item("m", place), values)
        return self.exists(f"SELECT 1 FROM {self.each(column, place, 'm')} WHERE {found}"), wanted

    def exists(self, select: str) -> str:
        """Say it so that the rows are walked in the order asked for, and not joined from the other side."""
        return f"({select} LIMIT 1) IS NOT NULL"

    def stretch(self, sign: str, at: str, id: str) -> str:
        """Say it in the one way that becomes a range of an index; a comparison of rows does not."""
        return f"({at} {sign} ? OR ({at} = ? AND {id} {sign} ?))"

    def place(self, at: datetime, id: UUID) -> Sequence[Primitive]:
        return self.time(at), self.time(at), self.id(id)

    def begins_a_word(self, column: str) -> str:
        return f"instr({column}, ?) > 0"

    def using(self, index: str) -> str:
        return f" FORCE INDEX ({'PRIMARY' if index == f'{ENTRIES}_id' else index})"

    def each(self, column: str, place: int | None, alias: str) -> str:
        paths = {None: "$"} if place is None else {0: "$[0]", 2: "$[2]", 4: "$[4]"}
        columns = ", ".join(f"{_part(each)} VARCHAR(1020) {_TEXT} PATH '{path}'" for each, path in paths.items())
        return f"json_table({column}, '$[*]' COLUMNS ({columns})) AS {alias}"

    def item(self, alias: str, place: int | None) -> str:
        return f"CAST({alias}.{_part(place)} AS BINARY)"

    def shift(self, column: str, bucket: Bucket) -> Condition:
        values: list[Primitive] = []
        cases = ""
        for from_ms, offset_ms in reversed(bucket.offsets[1:]):
            cases += f" WHEN {column} >= ? THEN ?"
            values += self.time(_EPOCH + timedelta(milliseconds=from_ms)), offset_ms
        values.append(bucket.offsets[0][1])
        return f"CASE{cases} ELSE ? END" if cases else "?", values

    def start(self, column: str, shift: str, unit: Unit) -> str:
        return _STARTS[unit].format(local=f"({column} + INTERVAL {shift} * 1000 MICROSECOND)")

    def read_start(self, start: int, shift: int) -> datetime:
        since = timedelta(days=-_FIRST_DAY, hours=start)
        return (datetime.min + since).replace(tzinfo=timezone(timedelta(milliseconds=shift)))  # noqa: DTZ901

    def milliseconds(self, first: str, second: str) -> str:
        return f"timestampdiff(MICROSECOND, {first}, {second}) DIV 1000"

    # -- statements ----------------------------------------------------------------------------------------------------

    def add(self, executor: Executor, count: int, entries: Iterable[Row], links: Iterable[Row]) -> bool:
        try:
            executor.run_each(_INSERT_ENTRY, entries)
            executor.run_each(_INSERT_LINK, links)
        except IntegrityError as error:
            if error.args[0] != ER.DUP_ENTRY:
                raise
            return False
        return True

    def insert_new(self, executor: Executor, table: str, columns: Collection[str], row: Row) -> bool:
        try:
            executor.run(insert(table, columns), (row,))
        except IntegrityError as error:
            if error.args[0] != ER.DUP_ENTRY:
                raise
            return False
        return True

    @property
    def tenants(self) -> str:
        source = f"{ENTRIES}{self.using(f'{ENTRIES}_occurred')}"
        return f"SELECT DISTINCT tenant FROM {source} WHERE tenant > ? ORDER BY tenant LIMIT ?"

    def explain(self, executor: Executor, statement: str, values: Row) -> str:
        plan = executor.run(f"EXPLAIN {statement}", (values,))
        return "\n".join(", ".join(str(part) for part in row if part not in {None, ""}) for row in plan)

    def has_table(self, executor: Executor, name: str) -> bool:
        found = "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
        return bool(executor.run(found, ((name,),)))

    def change(self, executor: Executor, statement: str) -> None:
        """Run a statement that changes the schema, which commits: what is there was made by a run that was cut off."""
        try:
            executor.run(statement)
        except MySQLError as error:
            if error.args[0] not in _THERE:
                raise


def _part(place: int | None) -> str:
    return "item" if place is None else f"item{place}"


MYSQL: Final = MySQL()
