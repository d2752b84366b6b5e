"""What is said differently to one SQL database than to another: values, expressions, and the schema's words."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final
from uuid import UUID

import orjson

from activitylog.storage import Bucket, Unit
from activitylog_sql._columns import Kind
from activitylog_sql._executor import Executor, Primitive, Row
from activitylog_sql._schema import ENTRIES, Change, Index, LongerKey, Table

__all__ = ["WALK_TENANTS", "Condition", "Dialect", "listed"]

WALK_TENANTS: Final = f"""
WITH RECURSIVE found (tenant) AS (
    SELECT min(tenant) FROM {ENTRIES} WHERE tenant > ?
    UNION ALL
    SELECT (SELECT min(e.tenant) FROM {ENTRIES} AS e WHERE e.tenant > found.tenant) FROM found WHERE tenant IS NOT NULL
)
SELECT tenant FROM found WHERE tenant IS NOT NULL LIMIT ?"""
"""The statement that goes from tenant to tenant along an index, where the database does not do so by itself."""

Condition = tuple[str, Sequence[Primitive]]
"""A condition, which is never null, and its values in the order of their marks."""


@lru_cache(maxsize=256)
def listed(text: str) -> tuple[str, ...]:
    """Return the texts in a JSON list; the readers and editors of most entries are the same."""
    return tuple(orjson.loads(text))


class Dialect(ABC):
    """Turns values into what the driver takes, and gives the words of which statements are made."""

    types: ClassVar[Mapping[Kind, str]]
    """The type of a column, without NULL or NOT NULL."""
    nullable: ClassVar[frozenset[Kind]] = frozenset()
    """Kinds that are null where they are absent, though no filter names them; beside these only the key is."""
    table_options: ClassVar[str] = ""
    """What follows the columns of a table."""
    partial_indexes: ClassVar[bool] = True
    """Whether an index can leave out rows."""
    join: ClassVar[str] = "JOIN"
    """The word that joins a second source, which is looked into for each row of the first."""
    locking: ClassVar[str] = ""
    """What ends a SELECT of rows that are about to be written; empty where a transaction has the database to itself."""
    latest: ClassVar[str] = ""
    """What ends a SELECT that has to see what was committed after the transaction's first read."""
    whole: ClassVar[str] = "occurred"
    """The index along which all entries of a tenant are read where no order is asked for."""
    lowest_id: ClassVar[Primitive]
    """The id before all others, as it is written."""
    adds_one_at_once: ClassVar[bool] = False
    """Whether ``add`` of one entry is a single statement."""

    # -- values ----------------------------------------------------------------------------------------------------

    @abstractmethod
    def time(self, value: datetime) -> Primitive:
        """Return a UTC time as it is written; such values compare as the times do."""

    @abstractmethod
    def read_time(self, value: Any) -> datetime:
        """Return the time that was read."""

    @abstractmethod
    def id(self, value: UUID) -> Primitive:
        """Return an id as it is written; such values compare as the ids do."""

    @abstractmethod
    def read_id(self, value: Any) -> UUID:
        """Return the id that was read."""

    def flag(self, value: bool) -> Primitive:
        """Return a truth as it is written."""
        return int(value)

    def json(self, text: str) -> Primitive:
        """Return JSON text, or ``""``, as it is written."""
        return text

    def read_json(self, value: Any) -> str:
        """Return the JSON text that was read."""
        return str(value)

    @abstractmethod
    def texts(self, values: Sequence[str]) -> Primitive:
        """Return a list of texts as it is written."""

    @abstractmethod
    def read_texts(self, value: Any) -> tuple[str, ...]:
        """Return the list of texts that was read."""

    # -- expressions -----------------------------------------------------------------------------------------------

    def shown(self, column: str, kind: Kind) -> str:
        """Return the expression by which a column is selected, so that ``read_…`` understands it."""
        return column

    @abstractmethod
    def among(self, column: str, values: Collection[Primitive]) -> Condition:
        """Return the condition that the column's value is one of these."""

    @abstractmethod
    def has(self, column: str, place: int | None, values: Collection[str]) -> Condition:
        """Return the condition that an item of the list, or what stands at this place of one, is among these."""

    def exists(self, select: str) -> str:
        """Return the condition that a SELECT, looked into for each row, gives a row."""
        return f"EXISTS ({select})"

    def exists_for_few(self, select: str) -> str:
        """Return the same of few rows, whose ids are known."""
        return self.exists(select)

    def stretch(self, sign: str, at: str, id: str) -> str:
        """Return the condition that a time and an id lie below (``<``) or above (``>``) a place."""
        return f"({at}, {id}) {sign} (?, ?)"

    def place(self, at: datetime, id: UUID) -> Sequence[Primitive]:
        """Return the values of ``stretch``."""
        return self.time(at), self.id(id)

    @abstractmethod
    def begins_a_word(self, column: str) -> str:
        """Return a condition whose one value is a folded word with a space before it."""

    def using(self, index: str) -> str:
        """Return what follows a table to have it read by this index, where the database has to be told."""
        return ""

    def sorted_by(self, at: str) -> str:
        """Return the time by which the few entries of some ids are sorted, so that no index in that order is read."""
        return at

    @abstractmethod
    def each(self, column: str, place: int | None, alias: str) -> str:
        """Return a source of the items of a list; ``place`` tells, as for ``has``, what they are."""

    @abstractmethod
    def item(self, alias: str, place: int | None) -> str:
        """Return an item of ``each``, or what stands at this place of it."""

    @abstractmethod
    def shift(self, column: str, bucket: Bucket) -> Condition:
        """Return an expression for the offset in force at a time, and its values."""

    @abstractmethod
    def start(self, column: str, shift: str, unit: Unit) -> str:
        """Return an expression for the local start of the bucket in which a time lies."""

    @abstractmethod
    def read_start(self, start: Any, shift: Any) -> datetime:
        """Return the key of a bucket from what the two expressions gave."""

    @abstractmethod
    def milliseconds(self, first: str, second: str) -> str:
        """Return an expression for the whole milliseconds between two times."""

    # -- statements ------------------------------------------------------------------------------------------------

    @abstractmethod
    def add(self, executor: Executor, count: int, entries: Iterable[Row], links: Iterable[Row]) -> bool:
        """Insert entries and their links; return whether no key and no id was there.

        Else nothing was written of one entry; of several the caller undoes what was. The rows may be made while they
        are asked for, each once.
        """

    @abstractmethod
    def insert_new(self, executor: Executor, table: str, columns: Collection[str], row: Row) -> bool:
        """Insert a row unless its key is there; return whether it was not."""

    @property
    @abstractmethod
    def tenants(self) -> str:
        """The statement that lists tenants after one, and at most so many."""

    @abstractmethod
    def explain(self, executor: Executor, statement: str, values: Row) -> str:
        """Return the database's plan for a statement."""

    @abstractmethod
    def has_table(self, executor: Executor, name: str) -> bool:
        """Tell whether there is such a table."""

    # -- schema ----------------------------------------------------------------------------------------------------

    def create(self, change: Change, partitions: int = 0) -> list[str]:
        """Return the statements that create a table or an index of entries, or make a key longer.

        Where the database can, a table of what tenants have is split by them into so many ``partitions``.
        """
        match change:
            case Table():
                return self.create_table(change)
            case Index():
                return [self.create_index(change)]
            case LongerKey():
                return self.lengthen(change)

    def lengthen(self, key: LongerKey) -> list[str]:
        """Return the statements that make a key longer: none where rows lie in its order."""
        return []

    def create_table(self, table: Table) -> list[str]:
        """Return the statements that create a table with its key."""
        named = f"CONSTRAINT {table.key_name} " if table.key_name else ""
        lines = [*self.columns(table), f"{named}PRIMARY KEY ({', '.join(table.key)})"]
        return [f"CREATE TABLE {table.name} ({', '.join(lines)}){self.table_options}"]

    def columns(self, table: Table) -> list[str]:
        """Return the definitions of a table's columns."""
        return [
            f"{name} {self.types[kind]}{'' if name == 'idempotency_key' or kind in self.nullable else ' NOT NULL'}"
            for name, kind in table.columns.items()
        ]

    def create_index(self, index: Index) -> str:
        """Return the statement that creates an index of entries."""
        where = f" WHERE {index.where}" if index.where and self.partial_indexes else ""
        unique = "UNIQUE " if index.unique else ""
        columns = ", ".join(("tenant", *index.columns))
        return f"CREATE {unique}INDEX {ENTRIES}_{index.name} ON {ENTRIES} ({columns}){where}"

    def partitions(self, executor: Executor) -> int:
        """Return into how many partitions the store's tables are split; 0 where they are whole."""
        return 0

    def change(self, executor: Executor, statement: str) -> None:
        """Run a statement that changes the schema."""
        executor.run(statement)
