"""A hand-written table with SQLAlchemy Core: the ideal one, with pages by OFFSET."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select

from activitylog import Ref
from benchmarks.contender import PAGE, Contender, Read
from benchmarks.facts import TENANT, Fact
from benchmarks.ideal.table import TABLE, engine_of, values_of

__all__ = ["Core"]


class Core(Contender):
    """An engine with its pool; many rows by one ``execute``."""

    def __init__(self, url: str) -> None:
        self._engine = engine_of(url)
        TABLE.metadata.create_all(self._engine)

    def record(self, fact: Fact) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(TABLE), values_of(fact))

    def record_many(self, facts: Sequence[Fact]) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(TABLE), [row for fact in facts for row in values_of(fact)])

    def page(self, subject: Ref, number: int) -> Read:
        columns = TABLE.c

        def read() -> Sequence[object]:
            found = (
                select(TABLE)
                .where(columns.tenant == TENANT, columns.subject == str(subject))
                .order_by(columns.occurred_at.desc(), columns.id.desc())
                .limit(PAGE)
                .offset((number - 1) * PAGE)
            )
            with self._engine.connect() as connection:
                return connection.execute(found).all()

        return read

    def close(self) -> None:
        self._engine.dispose()
