"""The dialect of PostgreSQL, 13 and newer."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar, Final
from uuid import UUID

from psycopg.errors import UniqueViolation

from activitylog.storage import ABSENT, Bucket, Unit
from activitylog_sql._columns import ENTRY_COLUMNS, LINK_COLUMNS, Kind
from activitylog_sql._dialect import WALK_TENANTS, Condition, Dialect
from activitylog_sql._executor import Executor, Primitive, Row, insert
from activitylog_sql._postgresql.executor import PostgreSQLExecutor
from activitylog_sql._schema import ENTRIES, LINKS, Change, LongerKey, Table, partition_name

__all__ = ["POSTGRESQL", "PostgreSQL"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TEXTS: Final = "{}"
_NOTHING: Final = " ON CONFLICT DO NOTHING"
_REF, _ROLE = (list(LINK_COLUMNS).index(name) for name in ("ref", "role"))
_OF_LINK: Final = ", ".join({**{name: f"e.{name}" for name in LINK_COLUMNS}, "ref": "l.ref", "role": "l.role"}.values())
_ADD_ONE: Final = (
    f"WITH e AS ({insert(ENTRIES, ENTRY_COLUMNS, _NOTHING)} RETURNING"
    f" {', '.join(name for name in LINK_COLUMNS if name not in {'ref', 'role'})})"
    f" INSERT INTO {LINKS} ({', '.join(LINK_COLUMNS)}) SELECT {_OF_LINK} FROM e, "
)
_LINKED: Final = f"{_ADD_ONE}(VALUES (?::text, ?::text)) AS l (ref, role)"
_LINKED_OFTEN: Final = f"{_ADD_ONE}unnest(?::text[], ?::text[]) AS l (ref, role)"
_ABSENT: Final = ABSENT.isoformat(" ")
_FORMS: Final = {Unit.HOUR: "hour", Unit.DAY: "day", Unit.WEEK: "week", Unit.MONTH: "month"}


_PARTITIONS: Final = (
    "SELECT count(*) FROM pg_inherits JOIN pg_partitioned_table ON partrelid = inhparent"
    " WHERE partrelid = to_regclass(?)"
)


class PostgreSQL(Dialect):
    """Ids are uuid, times timestamptz, lists of texts text[]; JSON is json, which keeps what it is given."""

    types: ClassVar = {
        Kind.ID: "uuid",
        Kind.KEY: 'text COLLATE "C"',
        Kind.TEXT: 'text COLLATE "C"',
        Kind.TIME: "timestamptz",
        Kind.FLAG: "boolean",
        Kind.NUMBER: "integer",
        Kind.JSON: "json",
        Kind.LIST: "text[]",
        Kind.TABLE: "json",
    }
    nullable = frozenset({Kind.JSON})
    locking = " FOR UPDATE"
    lowest_id = UUID(int=0).hex
    adds_one_at_once = True

    # -- values: text, whose type the server knows from where it stands ------------------------------------------------

    def time(self, value: datetime) -> str:
        return value.isoformat(" ")

    def read_time(self, value: datetime | None) -> datetime:
        if value is None:
            return ABSENT
        if value.tzinfo is not UTC:  # a host's session has a time zone of its own
            value = value.astimezone(UTC)
        return value

    def id(self, value: UUID) -> str:
        return value.hex

    def read_id(self, value: UUID) -> UUID:
        return value

    def flag(self, value: bool) -> str:
        return "t" if value else "f"

    def json(self, text: str) -> str | None:
        return text or None

    def read_json(self, value: str | None) -> str:
        return value or ""

    def texts(self, values: Sequence[str]) -> str:
        return _array(values) if values else _NO_TEXTS

    def read_texts(self, value: list[str]) -> tuple[str, ...]:
        return tuple(value)

    # -- expressions ---------------------------------------------------------------------------------------------------

    def shown(self, column: str, kind: Kind) -> str:
        if kind is Kind.TIME:  # most times are absent, and the driver takes long to read one
            return f"nullif({column}, '{_ABSENT}')"
        return f"{column}::text" if kind in {Kind.JSON, Kind.TABLE} else column

    def among(self, column: str, values: Collection[Primitive]) -> Condition:
        """Return a condition with one value: however many there are, the statement is the same."""
        if len(values) == 1:
            return f"{column} = ?", list(values)
        return f"{column} = ANY(?)", [_array(map(str, values))]

    def has(self, column: str, place: int | None, values: Collection[str]) -> Condition:
        if place is None:
            return f"{column} && ?", [_array(values)]
        found, wanted = self.among(self.item("m", place), values)
        return f"EXISTS (SELECT 1 FROM {self.each(column, place, 'm')} WHERE {found})", wanted

    def exists_for_few(self, select: str) -> str:
        """Return a condition that is no join: the server might begin that with all of a subject's links."""
        return f"EXISTS ({select} OFFSET 0)"

    def begins_a_word(self, column: str) -> str:
        return f"strpos({column}, ?) > 0"

    def sorted_by(self, at: str) -> str:
        """Return an expression, which no index has: connections of our own sort as a last resort (``enable_sort``)."""
        return f"{at} + interval '0'"

    def each(self, column: str, place: int | None, alias: str) -> str:
        function = "unnest" if place is None else "json_array_elements"
        return f"{function}({column}) AS {alias} (value)"

    def item(self, alias: str, place: int | None) -> str:
        return f'{alias}.value COLLATE "C"' if place is None else f'({alias}.value ->> {place}) COLLATE "C"'

    def shift(self, column: str, bucket: Bucket) -> Condition:
        values: list[Primitive] = []
        cases = ""
        for from_ms, offset_ms in reversed(bucket.offsets[1:]):
            cases += f" WHEN {column} >= ? THEN ?::bigint"
            values += self.time(_EPOCH + timedelta(milliseconds=from_ms)), offset_ms
        values.append(bucket.offsets[0][1])
        return f"CASE{cases} ELSE ?::bigint END" if cases else "?::bigint", values

    def start(self, column: str, shift: str, unit: Unit) -> str:
        return f"date_trunc('{_FORMS[unit]}', {column} AT TIME ZONE 'UTC' + {shift} * interval '1 millisecond')"

    def read_start(self, start: datetime, shift: int) -> datetime:
        return start.replace(tzinfo=timezone(timedelta(milliseconds=shift)))

    def milliseconds(self, first: str, second: str) -> str:
        return f"CAST(extract(epoch FROM {second} - {first}) * 1000 AS bigint)"

    # -- statements ----------------------------------------------------------------------------------------------------

    def add(self, executor: Executor, count: int, entries: Iterable[Row], links: Iterable[Row]) -> bool:
        """Add one entry with its links by one statement, several by COPY."""
        if count == 1:
            (entry,), roles = entries, {str(link[_REF]): str(link[_ROLE]) for link in links}
            return self._add_one(executor, entry, roles)
        try:
            _copy(executor, ENTRIES, ENTRY_COLUMNS, entries)
            _copy(executor, LINKS, LINK_COLUMNS, links)
        except UniqueViolation:
            return False
        return True

    def _add_one(self, executor: Executor, entry: Row, roles: Mapping[str, str]) -> bool:
        if not roles:
            return self.insert_new(executor, ENTRIES, ENTRY_COLUMNS, entry)
        if len(roles) == 1:  # as most are; what joins nothing is planned sooner
            executor.run(_LINKED, ((*entry, *roles, *roles.values()),))
        else:
            executor.run(_LINKED_OFTEN, ((*entry, _array(roles), _array(roles.values())),))
        return executor.changed > 0

    def insert_new(self, executor: Executor, table: str, columns: Collection[str], row: Row) -> bool:
        executor.run(insert(table, columns, _NOTHING), (row,))
        return executor.changed == 1

    @property
    def tenants(self) -> str:
        return WALK_TENANTS

    def explain(self, executor: Executor, statement: str, values: Row) -> str:
        return "\n".join(line for (line,) in executor.run(f"EXPLAIN (COSTS OFF) {statement}", (values,)))

    def has_table(self, executor: Executor, name: str) -> bool:
        return executor.run("SELECT to_regclass(?) IS NOT NULL", ((name,),)) == [(True,)]

    # -- schema --------------------------------------------------------------------------------------------------------

    def create(self, change: Change, partitions: int = 0) -> list[str]:
        """Split what begins with the tenant by the tenant's hash; indexes of the whole are made of each part."""
        statements = super().create(change)
        if not (partitions and isinstance(change, Table) and change.key[0] == "tenant"):
            return statements
        [whole] = statements
        parts = [
            f"CREATE TABLE {partition_name(change.name, number)} PARTITION OF {change.name}"
            f" FOR VALUES WITH (MODULUS {partitions}, REMAINDER {number})"
            for number in range(partitions)
        ]
        return [f"{whole} PARTITION BY HASH (tenant)", *parts]

    def lengthen(self, key: LongerKey) -> list[str]:
        """Build the key anew, in one statement: meanwhile its table waits."""
        name = f"{key.table}_pkey"
        longer = f"CONSTRAINT {name} PRIMARY KEY ({', '.join(key.columns)})"
        return [f"ALTER TABLE {key.table} DROP CONSTRAINT {name}, ADD {longer}"]

    def partitions(self, executor: Executor) -> int:
        [(number,)] = executor.run(_PARTITIONS, ((ENTRIES,),))
        return int(number)


def _array(values: Iterable[str]) -> str:
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return "{" + ",".join([f'"{value}"' for value in quoted]) + "}"


def _copy(executor: Executor, table: str, columns: Collection[str], rows: Iterable[Row]) -> None:
    assert isinstance(executor, PostgreSQLExecutor)  # noqa: S101 -- no other reaches this dialect
    executor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN", rows)


POSTGRESQL: Final = PostgreSQL()
