"""What touches several entries at once, on a server without transactions: made whole by the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TypeVar
from uuid import UUID

from attrs import frozen
from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError

from activitylog.storage import Appended, Document, Query, Record, Versioned
from activitylog_mongo._codec import Stored, to_entry, to_version
from activitylog_mongo._documents import Documents
from activitylog_mongo._entries import Entries
from activitylog_mongo._journal import Batch
from activitylog_mongo._paths import PENDING
from activitylog_mongo._recovery import STAGED, Recovery
from activitylog_mongo._repeats import Repeats
from activitylog_mongo._writer import Writer, by_tenant

__all__ = ["Batches"]

_T = TypeVar("_T")

_DUPLICATE: Final = 11000
_AT_ONCE: Final = 1000
"""So many documents go to the server in one piece; between two pieces the lease is renewed."""


@frozen
class Batches(Writer):
    """Writes one document after the other, and says in the journal when they are all there."""

    entries: Entries
    recovery: Recovery
    repeats: Repeats
    begin: Callable[[], None]
    """To be called before each batch."""

    def append(self, records: Sequence[Record]) -> list[Appended]:
        if len(records) == 1:
            return [self._append_one(records[0])]
        with self._batch(records[0].tenant) as batch:
            known = self._insert(batch, records)
        return [known.get(record.id) or Appended(record.id, created=True) for record in records]

    def load(self, entries: Iterable[Versioned]) -> tuple[int, list[Versioned]]:
        added, unfinished = 0, []
        for tenant, group in by_tenant(entries).items():
            stored = {entry["_id"]["id"]: entry["version"] for entry in self.entries.stored(tenant, group)}
            fresh = [group[id] for id in group.keys() - stored.keys()]
            unfinished += [group[id] for id, version in stored.items() if version < group[id][0].version]
            if fresh:
                added += self._load(tenant, fresh)
        return added, unfinished

    def rewrite(self, entries: Iterable[Versioned]) -> None:
        # all is laid ready first, and put in place once it is
        for tenant, group in by_tenant(entries).items():
            there = [entry["_id"]["id"] for entry in self.entries.stored(tenant, group, {"_id": True, PENDING: True})]
            if there:
                self._rewrite(tenant, [group[id] for id in there])

    def delete(self, query: Query, limit: int) -> int:
        # an entry is gone when its document is, its versions follow
        ids = self.entries.oldest(query, limit)
        if not ids:
            return 0
        self.begin()
        # the line stays, so that versions which others are about to write are looked for once more
        self.entries.journal.begin("purge", query.tenant, ids, state="done")
        gone = self.entries.purge(query, ids)
        self.entries.purge_versions(query.tenant, ids)
        return gone

    def replace(self, record: Record, expected_version: int) -> None:
        self.entries.replace(record, expected_version)

    def put(self, document: Document, expected_version: int) -> None:
        Documents(self.entries.collections).put(document, expected_version)

    def _append_one(self, record: Record) -> Appended:
        while not self.entries.insert(record):
            if known := self.repeats.known([record]):
                return known[record.id]
        return Appended(record.id, created=True)

    def _load(self, tenant: str, fresh: Sequence[Versioned]) -> int:
        with self._batch(tenant) as batch:
            known = self._insert(batch, [current for current, _ in fresh])
            new = [entry for entry in fresh if entry[0].id not in known]
            former = [current.id for current, _ in new if current.version > 1]
            for some in _pieces(former):
                self.entries.collections.versions.delete_many({"tenant": tenant, "entry": {"$in": list(some)}})
            self._write_versions(batch, [to_version(record) for _, earlier in new for record in earlier])
        return len(new)

    def _rewrite(self, tenant: str, group: Sequence[Versioned]) -> None:
        ids = [current.id for current, _ in group]
        self.begin()
        batch = self.entries.journal.begin("rewrite", tenant, ids)
        staged = [{**to_version(current, batch.id), STAGED: True} for current, _ in group]
        self._write_versions(batch, [*staged, *(to_version(r, batch.id) for _, earlier in group for r in earlier)])
        self.entries.journal.commit(batch)
        self.recovery.put_in_place(batch.id, tenant, ids)

    @contextmanager
    def _batch(self, tenant: str) -> Iterator[Batch]:
        self.begin()
        batch = self.entries.journal.begin("append", tenant)
        try:
            yield batch
            self.entries.journal.commit(batch)
        except BaseException as error:
            self._take_back(batch, error)
            raise
        # whoever reads finds the batch whole, with its marks or without
        with suppress(PyMongoError):
            self.recovery.clear(batch.id, tenant)

    def _take_back(self, batch: Batch, error: BaseException) -> None:
        self.entries.journal.abandoned.add(batch.id)
        if not isinstance(error, ConnectionFailure):  # else to ask would be to wait for the server once more
            with suppress(PyMongoError):
                self.recovery.undo(batch.id, batch.tenant)

    def _insert(self, batch: Batch, records: Sequence[Record]) -> dict[UUID, Appended]:
        """Insert what is new, and return the answers for what is known.

        All writers go by the keys in one order and wait for greater ones only: no two wait for each other.
        """
        known: dict[UUID, Appended] = {}
        left = sorted(records, key=_order)
        while left:
            piece = left[:_AT_ONCE]
            inserted = self._inserted(batch, piece)
            left = left[inserted:]
            if inserted < len(piece):
                known |= self.repeats.known(left, batch)
                left = [record for record in left if record.id not in known]
            self.entries.journal.renew(batch)
        return known

    def _inserted(self, batch: Batch, records: Sequence[Record]) -> int:
        """Insert up to the first record that is known; return how many that were."""
        entries = [{**to_entry(record), PENDING: batch.id} for record in records]
        try:
            self.entries.collections.entries.insert_many(entries)
        except BulkWriteError as error:
            [failed] = error.details["writeErrors"]
            if failed["code"] != _DUPLICATE:
                raise
            return int(failed["index"])
        return len(records)

    def _write_versions(self, batch: Batch, versions: Sequence[Stored]) -> None:
        for some in _pieces(versions):
            self.entries.collections.versions.insert_many(some)
            self.entries.journal.renew(batch)


def _order(record: Record) -> tuple[str, bytes]:
    return record.idempotency_key or "", record.id.bytes


def _pieces(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
