"""The storage port in memory: the reference for all stores, complete with transactions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from threading import RLock
from typing import ClassVar
from uuid import UUID

from attrs import evolve

from activitylog.errors import ActivityNotFound, KeyConflicts, NotAllowed, StaleVersion
from activitylog.storage import (
    Appended,
    Bucket,
    Capability,
    Document,
    Field,
    Fields,
    Query,
    Record,
    Storage,
    Tally,
    Versioned,
    Where,
    tally,
)
from activitylog_memory.journal import Journal
from activitylog_memory.shelf import Shelf

__all__ = ["MemoryStorage"]

Folder = dict[str, Document]


class MemoryStorage(Storage):
    """Keeps everything in this process, and loses it with the process.

    Records are immutable and therefore shared, never copied. One lock guards the store: a transaction holds it to its
    end, so that other threads wait. On its own thread only the store that ``transaction()`` gave may write meanwhile:
    another task there would have its entries rolled back with those of a stranger.
    """

    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.TRANSACTIONS, Capability.ISOLATED_BATCHES, Capability.SEARCH_INDEX}
    )

    def __init__(self) -> None:
        self._lock = RLock()
        self._shelves: dict[str, Shelf] = {}
        self._folders: dict[tuple[str, str], Folder] = {}
        self._journals: list[Journal] = []
        """That of the open transaction, if there is one: shared with the store that the transaction was given."""
        self._inside = False
        self._indexed = False
        """Whether words are looked up in an index."""

    def append(self, records: Sequence[Record], /) -> Sequence[Appended]:
        with self._lock:
            answers, new, conflicts = [], [], {}
            for record in records:
                earlier = self._shelf(record.tenant).known(record)
                answers.append(Appended((earlier or record).id, created=earlier is None))
                if earlier is None:
                    new.append(record)
                elif earlier.digest != record.digest:
                    conflicts[record.id] = earlier.id
            if conflicts:
                raise KeyConflicts(conflicts)
            for record in new:
                self._place(record.tenant, record.id, (record, ()))
            return answers

    def get(self, tenant: str, ids: Collection[UUID], /) -> Mapping[UUID, Record]:
        with self._lock:
            shelf = self._shelf(tenant)
            return {asked: found[0] for asked in ids if (found := shelf.get(asked))}

    def fetch(self, query: Query, /) -> Sequence[Record]:
        with self._lock:
            return self._shelf(query.tenant).fetch(query)

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
        with self._lock:
            candidates = self._shelf(query.tenant).candidates(query)
        return tally(candidates, query, by=by, bucket=bucket, cases=cases, limit=limit)

    def replace(self, record: Record, /, *, expected_version: int) -> None:
        with self._lock:
            entry = self._shelf(record.tenant).get(record.id)
            if entry is None:
                raise ActivityNotFound(record.id)
            current, earlier = entry
            if current.version != expected_version:
                raise StaleVersion(
                    f"version: {record.id} is at {current.version}, not at {expected_version}; read it again", current
                )
            self._place(record.tenant, record.id, (record, (*earlier, current)))

    def versions(self, tenant: str, id: UUID, /, *, before: int | None = None, limit: int) -> Sequence[Record]:
        with self._lock:
            entry = self._shelf(tenant).get(id)
        earlier = () if entry is None else entry[1]
        return [record for record in reversed(earlier) if before is None or record.version < before][:limit]

    def delete(self, query: Query, /, *, limit: int) -> int:
        oldest = evolve(query, newest_first=False, after=None, before=None, limit=limit, fields=Fields.ALL)
        with self._lock:
            doomed = self._shelf(query.tenant).fetch(oldest)
            for record in doomed:
                self._place(query.tenant, record.id, None)
        return len(doomed)

    def rewrite(self, entries: Sequence[Versioned], /) -> None:
        with self._lock:
            for current, earlier in entries:
                if self._shelf(current.tenant).get(current.id):
                    self._place(current.tenant, current.id, (current, tuple(earlier)))

    def put_document(self, document: Document, /, *, expected_version: int) -> None:
        with self._lock:
            folder = self._folders.setdefault((document.tenant, document.kind), {})
            current = folder.get(document.name)
            if (0 if current is None else current.version) != expected_version:
                raise StaleVersion(
                    f"version: this {document.kind} document is not at {expected_version}; read it again", current
                )
            new = None if document.body is None else evolve(document, version=expected_version + 1)
            self._file(folder, document.name, new)

    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        with self._lock:
            folder = dict(self._folders.get((tenant, kind), {}))
        wanted = folder.keys() if names is None else folder.keys() & set(names)
        return [folder[name] for name in sorted(wanted) if after is None or name > after][:limit]

    def tenants(self, *, after: str | None = None, limit: int) -> Sequence[str]:
        with self._lock:
            found = [tenant for tenant, shelf in self._shelves.items() if shelf.entries]
        return sorted(tenant for tenant in found if after is None or tenant > after)[:limit]

    def setup(self, *, search_index: bool | None = None) -> None:
        if search_index is None:
            return
        with self._lock:
            self._indexed = search_index
            for shelf in self._shelves.values():
                shelf.index_words(on=search_index)

    @contextmanager
    def transaction(self) -> Iterator[Storage]:
        with self._lock:
            self._check_owner()
            outermost = not self._journals
            if outermost:
                self._journals.append(Journal())
            journal = self._journals[0]
            mark = journal.mark()
            inside = copy(self)
            inside._inside = True  # noqa: SLF001 -- it is ours
            try:
                yield inside
            except BaseException:
                journal.roll_back(mark)
                raise
            finally:
                if outermost:
                    self._journals.clear()
        if outermost:
            for callback in journal.callbacks:
                callback()

    def after_commit(self, callback: Callable[[], None], /) -> None:
        with self._lock:
            if self._inside and self._journals:
                self._journals[0].callbacks.append(callback)
                return
        callback()

    def _shelf(self, tenant: str) -> Shelf:
        return self._shelves.get(tenant) or Shelf()

    def _check_owner(self) -> None:
        if self._journals and not self._inside:
            raise NotAllowed(
                "this thread has a transaction open on the store, which the call is not part of: make it within that "
                "transaction's block, in the same task, or after its end"
            )

    def _place(self, tenant: str, id: UUID, entry: Versioned | None) -> None:
        self._check_owner()
        shelf = self._shelves.get(tenant)
        if shelf is None:
            shelf = self._shelves[tenant] = Shelf()
            shelf.index_words(on=self._indexed)
        earlier = shelf.place(id, entry)
        if self._journals:
            self._journals[0].undo.append(partial(shelf.place, id, earlier))

    def _file(self, folder: Folder, name: str, document: Document | None) -> None:
        self._check_owner()
        if self._journals:
            self._journals[0].undo.append(partial(_put, folder, name, folder.get(name)))
        _put(folder, name, document)


def _put(folder: Folder, name: str, document: Document | None) -> None:
    if document is None:
        folder.pop(name, None)
    else:
        folder[name] = document
