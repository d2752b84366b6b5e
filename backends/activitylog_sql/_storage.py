"""The storage port on SQL."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final
from uuid import UUID

from attrs import evolve

from activitylog.storage import (
    Appended,
    Bucket,
    Capability,
    Document,
    Field,
    Query,
    Record,
    Storage,
    Tally,
    Versioned,
    Where,
)
from activitylog_sql._binding import bind
from activitylog_sql._codec import Codec
from activitylog_sql._count import Count
from activitylog_sql._documents import Documents
from activitylog_sql._entries import Entries
from activitylog_sql._schema import ENTRIES
from activitylog_sql._select import LIST_COLUMNS, select
from activitylog_sql._sqlite import SQLITE
from activitylog_sql._work import Own, Work

__all__ = ["MemorySQLStorage", "SQLStorage", "storage_of"]

_CODEC: Final = Codec(SQLITE)
_TENANTS: Final = f"""
WITH RECURSIVE found (tenant) AS (
    SELECT min(tenant) FROM {ENTRIES} WHERE tenant > ?
    UNION ALL
    SELECT (SELECT min(e.tenant) FROM {ENTRIES} AS e WHERE e.tenant > found.tenant) FROM found WHERE tenant IS NOT NULL
)
SELECT tenant FROM found WHERE tenant IS NOT NULL LIMIT ?"""


class SQLStorage(Storage):
    """Keeps entries in five tables of a database; ``open_storage`` makes one.

    Every call is one transaction, or one savepoint of the transaction that it is bound to. The schema is created
    with the first call.
    """

    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.TRANSACTIONS, Capability.BOUND, Capability.SHARED, Capability.ISOLATED_BATCHES}
    )

    def __init__(self, work: Work) -> None:
        self._work = work

    def append(self, records: Sequence[Record], /) -> Sequence[Appended]:
        with self._work.writing() as executor:
            return Entries(executor, _CODEC).append(records)

    def get(self, tenant: str, ids: Collection[UUID], /) -> Mapping[UUID, Record]:
        with self._work.reading() as executor:
            return Entries(executor, _CODEC).get(tenant, ids)

    def fetch(self, query: Query, /) -> Sequence[Record]:
        with self._work.reading() as executor:
            return Entries(executor, _CODEC).fetch(query)

    def count(
        self,
        query: Query,
        /,
        *,
        by: Sequence[Field] = (),
        bucket: Bucket | None = None,
        cases: Sequence[Where] = (),
        limit: int | None = None,
    ) -> Sequence[Tally]:
        count = Count(_CODEC, query, by, bucket, cases, limit)
        statement, values = count.statement()
        with self._work.reading() as executor:
            return [count.tally(row) for row in executor.run(statement, (values,))]

    def replace(self, record: Record, /, *, expected_version: int) -> None:
        with self._work.writing() as executor:
            Entries(executor, _CODEC).replace(record, expected_version)

    def versions(self, tenant: str, id: UUID, /, *, before: int | None = None, limit: int) -> Sequence[Record]:
        with self._work.reading() as executor:
            return Entries(executor, _CODEC).versions(tenant, id, before, limit)

    def delete(self, query: Query, /, *, limit: int) -> int:
        oldest = evolve(query, newest_first=False, after=None, before=None, limit=limit)
        with self._work.writing() as executor:
            return Entries(executor, _CODEC).delete(oldest)

    def rewrite(self, entries: Sequence[Versioned], /) -> None:
        with self._work.writing() as executor:
            Entries(executor, _CODEC).rewrite(entries)

    def put_document(self, document: Document, /, *, expected_version: int) -> None:
        with self._work.writing() as executor:
            Documents(executor, SQLITE).put(document, expected_version)

    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        with self._work.reading() as executor:
            return Documents(executor, SQLITE).find(tenant, kind, names, after, limit)

    def tenants(self, *, after: str | None = None, limit: int) -> Sequence[str]:
        with self._work.reading() as executor:
            return [tenant for (tenant,) in executor.run(_TENANTS, (("" if after is None else after, limit),))]

    def setup(self, *, search_index: bool | None = None) -> None:
        super().setup(search_index=search_index)
        self._work.database.prepare()

    def close(self) -> None:
        self._work.database.close()

    def load(self, entries: Sequence[Versioned], /) -> int:
        with self._work.transaction() as work:
            with work.writing() as executor:
                loaded, unfinished = Entries(executor, _CODEC).load(entries)
            return loaded + Storage.load(type(self)(work), unfinished)

    @contextmanager
    def transaction(self) -> Iterator[Storage]:
        with self._work.transaction() as work:
            yield type(self)(work)

    def bound(self, handle: Any, /) -> Storage:
        return type(self)(bind(self._work.database, handle))

    def after_commit(self, callback: Callable[[], None], /) -> None:
        self._work.after_commit(callback)

    def committed(self) -> None:
        self._work.committed()

    def explain(self, query: Query, /) -> str:
        asked = select(_CODEC, query, LIST_COLUMNS)
        with self._work.reading() as executor:
            steps = executor.run(f"EXPLAIN QUERY PLAN {asked.text}", (asked.values,))
        depths = {0: -1}
        lines = []
        for id, parent, _, detail in steps:
            depths[id] = depths[parent] + 1
            lines.append("  " * depths[id] + detail)
        return "\n".join(lines)


class MemorySQLStorage(SQLStorage):
    """The same in SQLite's memory: it belongs to this process, and is lost with it."""

    capabilities: ClassVar[frozenset[Capability]] = SQLStorage.capabilities - {Capability.SHARED}


def storage_of(work: Own) -> SQLStorage:
    """Return the store on a database of its kind."""
    return MemorySQLStorage(work) if work.database.in_memory else SQLStorage(work)
