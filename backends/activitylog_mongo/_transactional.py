"""The writes of a store within a transaction of the server's: nothing in it may fail, for that would end it all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from uuid import UUID

from attrs import frozen

from activitylog.storage import AllNew, Appended, Document, Query, Record, Versioned
from activitylog_mongo._codec import to_entry, to_version, with_ids
from activitylog_mongo._documents import Documents
from activitylog_mongo._entries import Entries
from activitylog_mongo._images import Images
from activitylog_mongo._repeats import Repeats
from activitylog_mongo._writer import Writer, by_tenant

__all__ = ["Transactional"]


@frozen
class Transactional(Writer):
    """Writes in the session of its ``entries``; conflicts are looked for before anything is written."""

    entries: Entries
    repeats: Repeats
    images: Images | None = None
    """What stood there before, where there is a savepoint to go back to."""

    def append(self, records: Sequence[Record]) -> Sequence[Appended]:
        known = self.repeats.known(records)
        self._insert([(record, ()) for record in records if record.id not in known])
        if not known:
            return AllNew(records)
        return [known.get(record.id) or Appended(record.id, created=True) for record in records]

    def load(self, entries: Iterable[Versioned]) -> tuple[int, list[Versioned]]:
        added, unfinished = 0, []
        for tenant, group in by_tenant(entries).items():
            stored = self.entries.numbers(tenant, group)
            fresh = [group[id] for id in group.keys() - stored.keys()]
            unfinished += [group[id] for id, version in stored.items() if version < group[id][0].version]
            known = self.repeats.known([current for current, _ in fresh]) if fresh else {}
            new = [entry for entry in fresh if entry[0].id not in known]
            self._insert(new)
            added += len(new)
        return added, unfinished

    def rewrite(self, entries: Iterable[Versioned]) -> None:
        for tenant, group in by_tenant(entries).items():
            there = list(self.entries.numbers(tenant, group))
            self._remember(tenant, there)
            collections, session = self.entries.collections, self.entries.collections.session
            collections.versions.delete_many({"tenant": tenant, "entry": {"$in": there}}, session=session)
            collections.entries.delete_many(with_ids(tenant, there), session=session)
            self._write([group[id] for id in there])

    def delete(self, query: Query, limit: int) -> int:
        ids = self.entries.oldest(query, limit)
        self._remember(query.tenant, ids)
        gone = self.entries.purge(query, ids) if ids else 0
        self.entries.purge_versions(query.tenant, ids)
        return gone

    def replace(self, record: Record, expected_version: int) -> None:
        self._remember(record.tenant, [record.id])
        self.entries.replace(record, expected_version)

    def put(self, document: Document, expected_version: int) -> None:
        if self.images:
            self.images.keep_document(document)
        Documents(self.entries.collections).put(document, expected_version)

    def _insert(self, new: Sequence[Versioned]) -> None:
        for tenant, group in by_tenant(new).items():
            self._remember(tenant, group)
        self._write(new)

    def _write(self, new: Sequence[Versioned]) -> None:
        collections, session = self.entries.collections, self.entries.collections.session
        if new:
            collections.entries.insert_many([to_entry(current) for current, _ in new], session=session)
        if versions := [to_version(record) for record in chain.from_iterable(earlier for _, earlier in new)]:
            collections.versions.insert_many(versions, session=session)

    def _remember(self, tenant: str, ids: Iterable[UUID]) -> None:
        if self.images:
            self.images.keep_entries(tenant, ids)
