"""A store so simple that it is plainly right: lists, sorted and filtered anew for every question."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar
from uuid import UUID

from attrs import evolve

from activitylog.errors import ActivityNotFound, KeyConflicts, StaleVersion
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
    select,
    tally,
)

__all__ = ["NaiveStorage"]


class NaiveStorage(Storage):
    """Keeps its state in two values that every write replaces; one thread only."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.TRANSACTIONS})

    def __init__(self) -> None:
        self.entries: tuple[Versioned, ...] = ()
        self.papers: tuple[Document, ...] = ()

    def append(self, records: Sequence[Record], /) -> Sequence[Appended]:
        known = [(record, self._known(record)) for record in records]
        conflicts = {record.id: old.id for record, old in known if old is not None and old.digest != record.digest}
        if conflicts:
            raise KeyConflicts(conflicts)
        self.entries += tuple((record, ()) for record, old in known if old is None)
        return [Appended(record.id if old is None else old.id, old is None) for record, old in known]

    def _known(self, record: Record) -> Record | None:
        here = [entry for entry in self._current() if entry.tenant == record.tenant]
        by_key = [
            each
            for each in here
            if record.idempotency_key is not None and each.idempotency_key == record.idempotency_key
        ]
        by_id = [each for each in here if each.id == record.id]
        return next(iter(by_key + by_id), None)

    def _current(self) -> list[Record]:
        return [entry for entry, _ in self.entries]

    def get(self, tenant: str, ids: Collection[UUID], /) -> Mapping[UUID, Record]:
        return {entry.id: entry for entry in self._current() if entry.tenant == tenant and entry.id in ids}

    def fetch(self, query: Query, /) -> Sequence[Record]:
        return select(self._current(), query)

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
        return tally(self._current(), query, by=by, bucket=bucket, cases=cases, limit=limit)

    def replace(self, record: Record, /, *, expected_version: int) -> None:
        current = self.get(record.tenant, [record.id]).get(record.id)
        if current is None:
            raise ActivityNotFound(record.id)
        if current.version != expected_version:
            raise StaleVersion("version: another one is stored", current)
        self.entries = tuple(
            (record, (*earlier, entry)) if entry is current else (entry, earlier) for entry, earlier in self.entries
        )

    def versions(self, tenant: str, id: UUID, /, *, before: int | None = None, limit: int) -> Sequence[Record]:
        found = [old for entry, earlier in self.entries if (entry.tenant, entry.id) == (tenant, id) for old in earlier]
        return [old for old in found[::-1] if before is None or old.version < before][:limit]

    def delete(self, query: Query, /, *, limit: int) -> int:
        asked = evolve(query, newest_first=False, after=None, before=None, limit=limit)
        doomed = {record.id for record in self.fetch(asked)}
        self.entries = tuple(
            (entry, earlier)
            for entry, earlier in self.entries
            if entry.tenant != query.tenant or entry.id not in doomed
        )
        return len(doomed)

    def rewrite(self, entries: Sequence[Versioned], /) -> None:
        new = {(entry.tenant, entry.id): (entry, tuple(earlier)) for entry, earlier in entries}
        self.entries = tuple(new.get((entry.tenant, entry.id), (entry, earlier)) for entry, earlier in self.entries)

    def put_document(self, document: Document, /, *, expected_version: int) -> None:
        found = self.documents(document.tenant, document.kind, names=[document.name], limit=1)
        current = found[0] if found else None
        if (0 if current is None else current.version) != expected_version:
            raise StaleVersion("version: another one is stored", current)
        kept = tuple(each for each in self.papers if each != current)
        self.papers = kept if document.body is None else (*kept, evolve(document, version=expected_version + 1))

    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        found = [each for each in self.papers if (each.tenant, each.kind) == (tenant, kind)]
        found = [each for each in found if names is None or each.name in names]
        return sorted((each for each in found if after is None or each.name > after), key=lambda each: each.name)[
            :limit
        ]

    def tenants(self, *, after: str | None = None, limit: int) -> Sequence[str]:
        return sorted({each.tenant for each in self._current() if after is None or each.tenant > after})[:limit]

    @contextmanager
    def transaction(self) -> Iterator[Storage]:
        before = self.entries, self.papers
        try:
            yield self
        except BaseException:
            self.entries, self.papers = before
            raise
