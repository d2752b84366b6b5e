"""A hand-written model with SQLAlchemy's ORM, on the ideal table, with pages by OFFSET."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import DeclarativeBase, sessionmaker

from activitylog import Ref
from benchmarks.contender import PAGE, Contender, Read
from benchmarks.facts import TENANT, Fact
from benchmarks.ideal.table import TABLE, engine_of, values_of

__all__ = ["ORM"]


class Base(DeclarativeBase):
    """The base of the one model."""


class Entry(Base):
    """A row of the table."""

    __table__ = TABLE


class ORM(Contender):
    """A session for each unit of work; many rows by the ORM's bulk insert."""

    def __init__(self, url: str) -> None:
        self._engine = engine_of(url)
        TABLE.metadata.create_all(self._engine)
        self._sessions = sessionmaker(self._engine)

    def record(self, fact: Fact) -> None:
        with self._sessions.begin() as session:
            session.add_all([Entry(**row) for row in values_of(fact)])

    def record_many(self, facts: Sequence[Fact]) -> None:
        with self._sessions.begin() as session:
            session.execute(insert(Entry), [row for fact in facts for row in values_of(fact)])

    def page(self, subject: Ref, number: int) -> Read:
        columns = TABLE.c

        def read() -> Sequence[object]:
            found = (
                select(Entry)
                .where(columns.tenant == TENANT, columns.subject == str(subject))
                .order_by(columns.occurred_at.desc(), columns.id.desc())
                .limit(PAGE)
                .offset((number - 1) * PAGE)
            )
            with self._sessions() as session:
                return session.scalars(found).all()

        return read

    def close(self) -> None:
        self._engine.dispose()
