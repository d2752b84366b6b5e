"""The ideal table: an entry of several subjects has a row for each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    Engine,
    Index,
    MetaData,
    Table,
    Text,
    Unicode,
    Uuid,
    create_engine,
    event,
)
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from uuid_utils.compat import uuid7

from activitylog import Ref
from benchmarks.contender import PAGE, Contender, Read
from benchmarks.facts import TENANT, Fact

__all__ = ["TABLE", "Row", "SQLTable", "engine_of", "statements", "values_of"]

Row = tuple[Any, ...]

_TIME = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def _word(length: int) -> Unicode:
    return (
        Unicode(length)
        .with_variant(postgresql.TEXT(collation="C"), "postgresql")
        .with_variant(mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb")
    )


TABLE = Table(
    "timeline",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("tenant", _word(64), nullable=False),
    Column("subject", _word(255), nullable=False),
    Column("subject_label", Text, nullable=False),
    Column("type", _word(64), nullable=False),
    Column("actor", _word(255), nullable=False),
    Column("actor_label", Text, nullable=False),
    Column("occurred_at", _TIME, nullable=False),
    Column("recorded_at", _TIME, nullable=False),
    Column("note", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("idempotency_key", _word(255)),
)
Index("timeline_newest", TABLE.c.tenant, TABLE.c.subject, TABLE.c.occurred_at, TABLE.c.id)
Index("timeline_key", TABLE.c.tenant, TABLE.c.idempotency_key, TABLE.c.subject, unique=True)


def statements(dialect: Dialect) -> list[str]:
    """Return the statements that make it, as the documentation shows them."""
    made = [CreateTable(TABLE), *(CreateIndex(index) for index in sorted(TABLE.indexes, key=lambda each: each.name))]
    return [str(each.compile(dialect=dialect)).strip() for each in made]


def engine_of(url: str) -> Engine:
    """Return an engine; SQLite gets the journal and the durability that the store has for all."""
    path, _, synchronous = url.partition("?synchronous=")
    engine = create_engine(path)
    if synchronous:

        @event.listens_for(engine, "connect")
        def _(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")

    return engine


def values_of(fact: Fact) -> list[dict[str, Any]]:
    """Return the rows of a fact, by their columns."""
    now = datetime.now(UTC)
    return [
        {
            "id": uuid7(),
            "tenant": TENANT,
            "subject": str(subject),
            "subject_label": subject.label,
            "type": fact.type,
            "actor": str(fact.actor.ref),
            "actor_label": fact.actor.label,
            "occurred_at": fact.at or now,
            "recorded_at": now,
            "note": fact.note,
            "data": {},
            "idempotency_key": fact.key,
        }
        for subject in fact.subjects
    ]


class SQLTable(Contender):
    """The raw driver, with rows of its own primitives."""

    mark: ClassVar[str]

    def __init__(self, url: str) -> None:
        engine = engine_of(url)
        TABLE.metadata.create_all(engine)
        engine.dispose()
        columns = ", ".join(TABLE.c.keys())
        marks = f"({', '.join([self.mark] * len(TABLE.c))})"
        self.insert = f"INSERT INTO timeline ({columns}) VALUES {marks}"
        self.further = f", {marks}"
        self.columns = columns
        page = f"SELECT {columns} FROM timeline WHERE tenant = {self.mark} AND subject = {self.mark}"
        newest_first = f"ORDER BY occurred_at DESC, id DESC LIMIT {self.mark}"
        self._first = f"{page} {newest_first}"
        self._next = f"{page} AND (occurred_at, id) < ({self.mark}, {self.mark}) {newest_first}"
        self.connect(url)

    def prepared(self, fact: Fact) -> list[Row]:
        return [self.row(**values) for values in values_of(fact)]

    def page(self, subject: Ref, number: int) -> Read:
        asked = (TENANT, str(subject))
        if number == 1:
            return lambda: self.run(self._first, (*asked, PAGE))
        *_, last = self.run(self._first, (*asked, (number - 1) * PAGE))
        place = last[TABLE.c.keys().index("occurred_at")], last[0]
        return lambda: self.run(self._next, (*asked, *place, PAGE))

    @abstractmethod
    def connect(self, url: str) -> None:
        """Connect the driver."""

    @abstractmethod
    def row(self, **values: Any) -> Row:
        """Return a row as the driver takes it."""

    @abstractmethod
    def run(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        """Run a statement and return its rows."""
