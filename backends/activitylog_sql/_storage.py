"""The storage port on SQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from uuid import UUID

from attrs import evolve

from activitylog.errors import Unsupported
from activitylog.storage import (
    Appended,
    Bucket,
    Capability,
    Document,
    Field,
    Gap,
    Query,
    Record,
    Storage,
    Tally,
    Versioned,
    Where,
)
from activitylog_sql._codec import codec_of
from activitylog_sql._count import Count
from activitylog_sql._database import DriverDatabase
from activitylog_sql._documents import Documents
from activitylog_sql._entries import Entries
from activitylog_sql._executor import Executor
from activitylog_sql._gaps import Gaps
from activitylog_sql._search import narrowed
from activitylog_sql._select import select
from activitylog_sql._sqlite import SQLiteDatabase
from activitylog_sql._work import Extent, Own, Work

__all__ = ["MemorySQLStorage", "SQLStorage", "storage_of"]


class SQLStorage(Storage):
    """Keeps entries in five tables of a database; ``open_storage`` makes one.

    Every call is one transaction, or one savepoint of the transaction that it is bound to. In SQLite the schema is
    created with the first call; on a server by ``setup``.
    """

    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.TRANSACTIONS,
            Capability.BOUND,
            Capability.SHARED,
            Capability.ISOLATED_BATCHES,
            Capability.SEARCH_INDEX,
        }
    )

    def __init__(self, work: Work) -> None:
        self._work = work
        self._dialect = work.database.dialect
        self._codec = codec_of(self._dialect)

    def append(self, records: Sequence[Record], /) -> Sequence[Appended]:
        one = Extent.STATEMENT if self._dialect.adds_one_at_once else Extent.ENTRY
        extent = one if len(records) == 1 else Extent.SEVERAL
        return self._work.write(lambda executor: Entries(executor, self._codec).append(records), extent)

    def get(self, tenant: str, ids: Collection[UUID], /) -> Mapping[UUID, Record]:
        with self._work.reading() as executor:
            return Entries(executor, self._codec).get(tenant, ids)

    def fetch(self, query: Query, /) -> Sequence[Record]:
        with self._work.reading() as executor:
            return Entries(executor, self._codec).fetch(self._narrowed(executor, query))

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
        with self._work.reading() as executor:
            count = Count(self._codec, self._narrowed(executor, query), by, bucket, cases, limit)
            statement, values = count.statement()
            return [count.tally(row) for row in executor.run(statement, (values,))]

    def gaps(
        self, query: Query, /, *, by: Sequence[Field] = (), aliases: Mapping[str, str] | None = None
    ) -> Iterable[Gap]:
        with self._work.reading() as executor:
            gaps = Gaps(self._codec, self._narrowed(executor, query), by, aliases or {})
            yield from gaps.read(executor.stream(*gaps.statement()))

    def replace(self, record: Record, /, *, expected_version: int) -> None:
        self._work.write(lambda executor: Entries(executor, self._codec).replace(record, expected_version))

    def versions(self, tenant: str, id: UUID, /, *, before: int | None = None, limit: int) -> Sequence[Record]:
        with self._work.reading() as executor:
            return Entries(executor, self._codec).versions(tenant, id, before, limit)

    def delete(self, query: Query, /, *, limit: int) -> int:
        oldest = evolve(query, newest_first=False, after=None, before=None, limit=limit)
        return self._work.write(lambda executor: Entries(executor, self._codec).delete(oldest))

    def rewrite(self, entries: Sequence[Versioned], /) -> None:
        self._work.write(lambda executor: Entries(executor, self._codec).rewrite(entries))

    def put_document(self, document: Document, /, *, expected_version: int) -> None:
        self._work.write(
            lambda executor: Documents(executor, self._dialect).put(document, expected_version), Extent.STATEMENT
        )

    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        with self._work.reading() as executor:
            return Documents(executor, self._dialect).find(tenant, kind, names, after, limit)

    def documents_by_kind(
        self, tenant: str, kinds: Collection[str], /, *, limit: int
    ) -> Mapping[str, Sequence[Document]]:
        with self._work.reading() as executor:
            return Documents(executor, self._dialect).find_by_kind(tenant, kinds, limit)

    def tenants(self, *, after: str | None = None, limit: int) -> Sequence[str]:
        with self._work.reading() as executor:
            found = executor.run(self._dialect.tenants, ((after or "", limit),))
        return [tenant for (tenant,) in found]

    def setup(self, *, search_index: bool | None = None) -> None:
        self._work.database.setup(search_index=search_index)

    def partition(self, partitions: int, /) -> None:
        self._work.database.partition(partitions)

    def close(self) -> None:
        self._work.database.close()

    def load(self, entries: Sequence[Versioned], /) -> int:
        with self._work.transaction() as work:
            loaded, unfinished = work.write(lambda executor: Entries(executor, self._codec).load(entries))
            return loaded + Storage.load(type(self)(work), unfinished)

    @contextmanager
    def transaction(self) -> Iterator[Storage]:
        with self._work.transaction() as work:
            yield type(self)(work)

    def bound(self, handle: Any, /) -> Storage:
        database = self._work.database
        if not isinstance(database, DriverDatabase):
            raise Unsupported("bound_to: this store follows the framework's own transactions: write in one of these")
        from activitylog_sql._binding import bind  # with SQLAlchemy, which who has a handle has loaded

        return type(self)(bind(database, handle))

    def after_commit(self, callback: Callable[[], None], /) -> None:
        self._work.after_commit(callback)

    def awaits(self, callback: Callable[[], None], /) -> bool:
        return self._work.awaits(callback)

    def committed(self) -> None:
        self._work.committed()

    def scrub(self) -> None:
        self._work.after_commit(self._work.database.scrub)

    def explain(self, query: Query, /) -> str:
        with self._work.reading() as executor:
            asked = select(self._codec, self._narrowed(executor, query), self._codec.list_columns)
            return self._dialect.explain(executor, asked.text, asked.values)

    def _narrowed(self, executor: Executor, query: Query) -> Query:
        """Let the search index, where there is one, lead to the entries that are asked for."""
        database = self._work.database
        if not database.indexed:
            return query
        try:
            return narrowed(database.search_index, self._dialect, executor, query)
        except database.driver_error:  # another process has removed the index
            database.indexed = database.ready = False
            return query


class MemorySQLStorage(SQLStorage):
    """The same in SQLite's memory: it belongs to this process, and is lost with it."""

    capabilities: ClassVar[frozenset[Capability]] = SQLStorage.capabilities - {Capability.SHARED}


def storage_of(work: Own) -> SQLStorage:
    """Return the store on a database of its kind."""
    database = work.database
    in_memory = isinstance(database, SQLiteDatabase) and database.in_memory
    return MemorySQLStorage(work) if in_memory else SQLStorage(work)
