"""The storage port on MongoDB."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from bson import json_util

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
from activitylog_mongo._batches import Batches
from activitylog_mongo._connection import Connection
from activitylog_mongo._count import Count
from activitylog_mongo._documents import Documents
from activitylog_mongo._entries import Entries
from activitylog_mongo._errors import MAPPED
from activitylog_mongo._process import Process
from activitylog_mongo._repeats import Repeats
from activitylog_mongo._schema import run_steps, set_search_index

__all__ = ["MongoStorage"]

_STANDALONE: Final = frozenset({Capability.SHARED, Capability.SEARCH_INDEX})
_WITH_TRANSACTIONS: Final = _STANDALONE | {
    Capability.TRANSACTIONS,
    Capability.BOUND,
    Capability.ISOLATED_BATCHES,
}


class MongoStorage(Storage):
    """Keeps entries in five collections of a database; ``open_storage`` makes one.

    On a standalone server each batch is made whole by a journal; on a replica set or a sharded cluster, by a
    transaction.
    """

    def __init__(self, connection: Connection, lease: float) -> None:
        self._connection = connection
        self._lease = lease
        self._processes: dict[int, Process] = {}

    @property
    def capabilities(self) -> frozenset[Capability]:  # type: ignore[override]
        """What the server allows; it is asked when this is first wanted."""
        return _WITH_TRANSACTIONS if self._process.topology.transactions else _STANDALONE

    # -- entries ---------------------------------------------------------------------------------------------------

    def append(self, records: Sequence[Record], /) -> Sequence[Appended]:
        if not records:
            return []
        with MAPPED:
            if len(records) > 1:
                with self._batches() as batches:
                    return batches.append(records)
            return [self._append_one(records[0])]

    def get(self, tenant: str, ids: Collection[UUID], /) -> Mapping[UUID, Record]:
        with MAPPED:
            return self._entries().get(tenant, ids)

    def fetch(self, query: Query, /) -> Sequence[Record]:
        with MAPPED:
            return self._entries().fetch(query)

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
            return self._entries().count(Count(query, by, bucket, cases, limit))

    def replace(self, record: Record, /, *, expected_version: int) -> None:
        with MAPPED:
            self._entries().replace(record, expected_version)

    def versions(self, tenant: str, id: UUID, /, *, before: int | None = None, limit: int) -> Sequence[Record]:
        with MAPPED:
            return self._entries().versions(tenant, id, before, limit)

    def delete(self, query: Query, /, *, limit: int) -> int:
        with MAPPED, self._batches() as batches:
            return batches.delete(query, limit)

    def rewrite(self, entries: Sequence[Versioned], /) -> None:
        if entries:
            with MAPPED, self._batches() as batches:
                batches.rewrite(entries)

    def load(self, entries: Sequence[Versioned], /) -> int:
        if not entries:
            return 0
        with MAPPED, self._batches() as batches:
            loaded, unfinished = batches.load(entries)
        return loaded + Storage.load(self, unfinished)

    # -- documents -------------------------------------------------------------------------------------------------

    def put_document(self, document: Document, /, *, expected_version: int) -> None:
        with MAPPED:
            Documents(self._entries().collections).put(document, expected_version)

    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        with MAPPED:
            return Documents(self._entries().collections).find(tenant, kind, names, after, limit)

    def tenants(self, *, after: str | None = None, limit: int) -> Sequence[str]:
        with MAPPED:
            return self._entries().tenants(after, limit)

    # -- the store itself ------------------------------------------------------------------------------------------

    def setup(self, *, search_index: bool | None = None) -> None:
        with MAPPED:
            run_steps(self._process.collections)
            if search_index is not None:
                set_search_index(self._process.collections, search_index)
        self._process.look_again()

    def close(self) -> None:
        process = self._processes.pop(os.getpid(), None)
        if process is not None:
            process.close()
        self._connection.close()

    def transaction(self) -> Any:
        return super().transaction()

    def explain(self, query: Query, /) -> str:
        with MAPPED:
            plan = self._entries().explain(query)["queryPlanner"]["winningPlan"]
        return json_util.dumps(plan, indent=2)

    @property
    def _process(self) -> Process:
        here = os.getpid()
        found = self._processes.get(here)
        # no lock: a process that was forked while it was held would wait for it for ever
        return found or self._processes.setdefault(here, Process(self._connection, self._lease))

    def _entries(self) -> Entries:
        return self._process.entries()

    @contextmanager
    def _batches(self) -> Iterator[Batches]:
        process = self._process
        entries = process.entries()
        process.before_batch()
        yield Batches(process.collections, process.journal, entries, process.recovery, self._repeats)

    def _append_one(self, record: Record) -> Appended:
        entries = self._entries()
        while not entries.insert(record):
            if known := self._repeats.known([record]):
                return known[record.id]
        return Appended(record.id, created=True)

    @property
    def _repeats(self) -> Repeats:
        process = self._process
        return Repeats(process.collections, process.journal, process.recovery)
