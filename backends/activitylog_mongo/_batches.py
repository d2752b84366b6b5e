"""What touches several entries at once, on a server without transactions: made whole by the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TypeVar
from uuid import UUID

from attrs import frozen
from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError

from activitylog.storage import AllNew, Appended, Document, Query, Record, Versioned
from activitylog_mongo._codec import Stored, to_entry, to_version
from activitylog_mongo._collections import UNFORCED
from activitylog_mongo._documents import Documents
from activitylog_mongo._entries import Entries
from activitylog_mongo._journal import Kind
from activitylog_mongo._paths import PENDING
from activitylog_mongo._recovery import STAGED, Recovery
from activitylog_mongo._repeats import Repeats
from activitylog_mongo._writer import Writer, by_tenant

__all__ = ["Batches"]

_T = TypeVar("_T")

_DUPLICATE: Final = 11000
_AT_ONCE: Final = 1000
"""So many documents are made and sent in one piece."""


@frozen
class Batches(Writer):
    """Writes one document after the other, and says in the journal when they are all there."""

    entries: Entries
    recovery: Recovery
    repeats: Repeats
    begin: Callable[[], None]
    """To be called before each batch."""

    def append(self, records: Sequence[Record]) -> Sequence[Appended]:
        if len(records) == 1:
            return [self._append_one(records[0])]
        with self._appended(records[0].tenant) as batch:
            known = self._insert(batch, records)
        if not known:
            return AllNew(records)
        return [known.get(record.id) or Appended(record.id, created=True) for record in records]

    def load(self, entries: Iterable[Versioned]) -> tuple[int, list[Versioned]]:
        added, unfinished = 0, []
        for tenant, group in by_tenant(entries).items():
            stored = self.entries.numbers(tenant, group)
            fresh = [group[id] for id in group.keys() - stored.keys()]
            unfinished += [group[id] for id, version in stored.items() if version < group[id][0].version]
            if fresh:
                added += self._load(tenant, fresh)
        return added, unfinished

    def rewrite(self, entries: Iterable[Versioned]) -> None:
        # all is laid ready first, and put in place once it is
        for tenant, group in by_tenant(entries).items():
            if there := list(self.entries.numbers(tenant, group)):
                with self._batch("rewrite", tenant, there) as batch:
                    several = [group[id] for id in there]
                    staged = [{**to_version(current, batch), STAGED: True} for current, _ in several]
                    self._write_versions(staged)
                    self._write_versions([to_version(r, batch) for _, earlier in several for r in earlier])
                self.recovery.put_in_place(batch, tenant, there)

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
        with self._appended(tenant) as batch:
            known = self._insert(batch, [current for current, _ in fresh])
            new = [entry for entry in fresh if entry[0].id not in known]
            former = [current.id for current, _ in new if current.version > 1]
            for some in _pieces(former):
                self.entries.collections.versions.delete_many({"tenant": tenant, "entry": {"$in": list(some)}})
            self._write_versions([to_version(record) for _, earlier in new for record in earlier])
        return len(new)

    @contextmanager
    def _batch(self, kind: Kind, tenant: str, ids: Sequence[UUID] = ()) -> Iterator[UUID]:
        self.begin()
        journal = self.entries.journal
        batch = journal.begin(kind, tenant, ids)
        try:
            yield batch
            journal.commit(batch)
        except BaseException as error:
            journal.abandoned.add(batch)
            if not isinstance(error, ConnectionFailure):  # else to ask would be to wait for the server once more
                with suppress(PyMongoError):
                    self.recovery.undo(batch, tenant, ids)
            raise
        finally:
            journal.open.discard(batch)

    @contextmanager
    def _appended(self, tenant: str) -> Iterator[UUID]:
        with self._batch("append", tenant) as batch:
            yield batch
        with suppress(PyMongoError):  # whoever reads finds the batch whole, with its marks or without
            self.recovery.clear(batch, tenant)

    def _insert(self, batch: UUID, records: Sequence[Record]) -> dict[UUID, Appended]:
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
                known |= self.repeats.known(left)
                left = [record for record in left if record.id not in known]
        return known

    def _inserted(self, batch: UUID, records: Sequence[Record]) -> int:
        """Insert up to the first record that is known; return how many that were."""
        entries = [{**to_entry(record), PENDING: batch} for record in records]
        # the server's journal is one: with the line that says that the batch is whole it has all from before it
        collection = self.entries.collections.entries.with_options(write_concern=UNFORCED)
        try:
            collection.insert_many(entries)
        except BulkWriteError as error:
            [failed] = error.details["writeErrors"]
            if failed["code"] != _DUPLICATE:
                raise
            return int(failed["index"])
        return len(records)

    def _write_versions(self, versions: Sequence[Stored]) -> None:
        for some in _pieces(versions):
            self.entries.collections.versions.insert_many(some)


def _order(record: Record) -> tuple[str, bytes]:
    return record.idempotency_key or "", record.id.bytes


def _pieces(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
