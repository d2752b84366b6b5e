"""The storage port on MongoDB."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from bson import json_util
from pymongo.client_session import ClientSession

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
from activitylog_mongo._count import Count
from activitylog_mongo._documents import Documents
from activitylog_mongo._errors import MAPPED
from activitylog_mongo._gaps import Gaps
from activitylog_mongo._process import Store
from activitylog_mongo._schema import run_steps, set_search_index
from activitylog_mongo._work import Bound, Own, Work

__all__ = ["MongoStorage"]

_STANDALONE: Final = frozenset({Capability.SHARED, Capability.SEARCH_INDEX})
_WITH_TRANSACTIONS: Final = _STANDALONE | {
    Capability.TRANSACTIONS,
    Capability.BOUND,
    Capability.ISOLATED_BATCHES,
}


class MongoStorage(Storage):
    """Keeps entries in five collections of a database; ``open_storage`` makes one.

    On a server that stands alone a batch is made whole by a journal; on a replica set, by a transaction.
    """

    def __init__(self, store: Store, work: Work | None = None) -> None:
        self._store = store
        self._work = work or Own(lambda: store.process)

    @property
    def capabilities(self) -> frozenset[Capability]:  # type: ignore[override]
        """What the server allows; it is asked when this is first wanted."""
        return _WITH_TRANSACTIONS if self._store.process.transactions else _STANDALONE

    # -- entries ---------------------------------------------------------------------------------------------------

    def append(self, records: Sequence[Record], /) -> Sequence[Appended]:
        with MAPPED:
            return self._work.writer().append(records) if records else []

    def get(self, tenant: str, ids: Collection[UUID], /) -> Mapping[UUID, Record]:
        with MAPPED:
            return self._work.entries().get(tenant, ids)

    def fetch(self, query: Query, /) -> Sequence[Record]:
        with MAPPED:
            return self._work.entries().fetch(query)

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
        with MAPPED:
            return self._work.entries().count(Count(query, by, bucket, cases, limit))

    def gaps(
        self, query: Query, /, *, by: Sequence[Field] = (), aliases: Mapping[str, str] | None = None
    ) -> Iterable[Gap]:
        with MAPPED:
            yield from self._work.entries().gaps(Gaps(query, by, aliases or {}))

    def replace(self, record: Record, /, *, expected_version: int) -> None:
        with MAPPED:
            self._work.writer().replace(record, expected_version)

    def versions(self, tenant: str, id: UUID, /, *, before: int | None = None, limit: int) -> Sequence[Record]:
        with MAPPED:
            return self._work.entries().versions(tenant, id, before, limit)

    def delete(self, query: Query, /, *, limit: int) -> int:
        with MAPPED:
            return self._work.writer().delete(query, limit)

    def rewrite(self, entries: Sequence[Versioned], /) -> None:
        with MAPPED:
            self._work.writer().rewrite(entries)

    def load(self, entries: Sequence[Versioned], /) -> int:
        with MAPPED:
            loaded, unfinished = self._work.writer().load(entries)
        return loaded + Storage.load(self, unfinished)

    def tenants(self, *, after: str | None = None, limit: int) -> Sequence[str]:
        with MAPPED:
            return self._work.entries().tenants(after, limit)

    # -- documents -------------------------------------------------------------------------------------------------

    def put_document(self, document: Document, /, *, expected_version: int) -> None:
        with MAPPED:
            self._work.writer().put(document, expected_version)

    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        with MAPPED:
            return Documents(self._work.entries().collections).find(tenant, kind, names, after, limit)

    # -- the store itself ------------------------------------------------------------------------------------------

    def setup(self, *, search_index: bool | None = None) -> None:
        process = self._store.process
        with MAPPED:
            run_steps(process.collections)
            if search_index is not None:
                set_search_index(process.collections, search_index)
        process.look_again()

    def close(self) -> None:
        self._store.close()

    @contextmanager
    def transaction(self) -> Iterator[Storage]:
        with self._work.transaction() as work:
            yield MongoStorage(self._store, work)

    def bound(self, handle: Any, /) -> Storage:
        process = self._store.process
        if not isinstance(handle, ClientSession):
            raise Unsupported(f"a ClientSession of pymongo can be joined, not a {type(handle).__name__}")
        if not process.transactions:
            raise Unsupported("bound_to: a MongoDB server that stands alone has no transactions that could be joined")
        return MongoStorage(self._store, Bound(process, handle))

    def after_commit(self, callback: Callable[[], None], /) -> None:
        self._work.after_commit(callback)

    def committed(self) -> None:
        self._work.committed()

    def explain(self, query: Query, /) -> str:
        with MAPPED:
            plan = self._work.entries().explain(query)["queryPlanner"]["winningPlan"]
        return json_util.dumps(plan, indent=2)
