"""Stores that are broken on purpose, each in one thing, and the kit on each: ``test_broken_stores`` runs this file."""

import json
from threading import local
from uuid import UUID

import pytest
from attrs import evolve

from activitylog.storage import And, In, Not, Or, Position
from activitylog.testing import StorageContract
from activitylog_memory import MemoryStorage


class EqualTimesInWrongOrder(MemoryStorage):
    def fetch(self, query, /):
        def key(record):
            return getattr(record, query.order.value), -record.id.int

        return sorted(super().fetch(query), key=key, reverse=query.newest_first)


class LateEntryLost(MemoryStorage):
    def fetch(self, query, /):
        found = super().fetch(query)
        newest = max((record.recorded_at for record in found), default=None)
        return [record for record in found if record.occurred_at == record.recorded_at or record.recorded_at == newest]


class KeysKnownPerThread(MemoryStorage):
    def __init__(self):
        super().__init__()
        self._seen = local()

    def append(self, records, /):
        mine = self._seen.__dict__.setdefault("keys", set())
        with self._lock:
            for record in records:
                if (record.tenant, record.idempotency_key) not in mine:
                    self._shelf(record.tenant).keys.pop(record.idempotency_key, None)
                    mine.add((record.tenant, record.idempotency_key))
            return super().append(records)


class TenantLeaks(MemoryStorage):
    def get(self, tenant, ids, /):
        everywhere = [super(TenantLeaks, self).get(each, ids) for each in (*self._shelves, tenant)]
        return {found: record for answer in everywhere for found, record in answer.items()}


class BatchHalfWritten(MemoryStorage):
    def append(self, records, /):
        return [answer for record in records for answer in super(BatchHalfWritten, self).append([record])]


class IdsCaseFolded(MemoryStorage):
    def fetch(self, query, /):
        asked = {ref.casefold() for ref in query.subjects}
        alike = tuple(ref for ref in self._shelf(query.tenant).linked if ref.casefold() in asked)
        return super().fetch(evolve(query, subjects=alike or query.subjects))


class TrailingSpaceDropped(MemoryStorage):
    def append(self, records, /):
        return super().append([evolve(record, title=record.title.rstrip(" ")) for record in records])


class StaleVersionAccepted(MemoryStorage):
    def replace(self, record, /, *, expected_version):
        stored = self.get(record.tenant, [record.id]).get(record.id)
        super().replace(record, expected_version=expected_version if stored is None else stored.version)


class OldVersionLost(MemoryStorage):
    def versions(self, tenant, id, /, *, before=None, limit):
        return super().versions(tenant, id, limit=1)


class KeyOrderLost(MemoryStorage):
    def append(self, records, /):
        def sorted_keys(text):
            return json.dumps(json.loads(text), sort_keys=True) if text else text

        return super().append([evolve(record, data=sorted_keys(record.data)) for record in records])


class NotWrongOnAbsent(MemoryStorage):
    def fetch(self, query, /):
        return super().fetch(evolve(query, where=_as_with_nulls(query.where)))

    def count(self, query, /, **options):
        return super().count(evolve(query, where=_as_with_nulls(query.where)), **options)


def _as_with_nulls(where):
    match where:
        case Not(In(name, values)) if all(isinstance(value, str) for value in values):
            return Not(In(name, [*values, ""]))
        case And(parts) | Or(parts):
            return type(where)(map(_as_with_nulls, parts))
        case _:
            return where


class PositionComparesTimeOnly(MemoryStorage):
    def fetch(self, query, /):
        low, high = UUID(int=0), UUID(int=2**128 - 1)
        after_id, before_id = (low, high) if query.newest_first else (high, low)
        after = query.after and Position(query.after.at, after_id)
        before = query.before and Position(query.before.at, before_id)
        return super().fetch(evolve(query, after=after, before=before))


class CountsLinks(MemoryStorage):
    def count(self, query, /, *, limit=None, **options):
        found = [super(CountsLinks, self).count(evolve(query, subjects=(ref,)), **options) for ref in query.subjects]
        return [tally for tallies in found for tally in tallies] or super().count(query, limit=limit, **options)


class AnswersToOneThreadOnly(MemoryStorage):
    def gaps(self, query, /, *, by=(), aliases=None):
        refs = {link.ref for record in self.fetch(evolve(query, limit=1000)) for link in record.links}
        asked = [evolve(query, subjects=(ref,)) for ref in refs]
        return [gap for one in asked for gap in super(AnswersToOneThreadOnly, self).gaps(one, by=by, aliases=aliases)]


class GapsAnsweredByAnybody(MemoryStorage):
    def gaps(self, query, /, *, by=(), aliases=None):
        return super().gaps(query, by=by, aliases=dict.fromkeys(self._shelf(query.tenant).linked, "one"))


class SavepointKept(MemoryStorage):
    def transaction(self):
        return super().transaction() if self._journal is None else _Kept(self)


class _Kept:
    def __init__(self, storage):
        self._storage = storage

    def __enter__(self):
        return self._storage

    def __exit__(self, *error):
        return None


BROKEN = {
    EqualTimesInWrongOrder: "3.3",
    LateEntryLost: "3.2",
    KeysKnownPerThread: "13.1",
    TenantLeaks: "10.1",
    BatchHalfWritten: "2.7",
    IdsCaseFolded: "3.11",
    TrailingSpaceDropped: "1.4",
    StaleVersionAccepted: "7.2",
    OldVersionLost: "7.4",
    KeyOrderLost: "1.5",
    NotWrongOnAbsent: "5.10",
    PositionComparesTimeOnly: "4.5",
    CountsLinks: "6.9",
    AnswersToOneThreadOnly: "16.8",
    GapsAnsweredByAnybody: "16.7",
    SavepointKept: "12.4",
}
"""Each broken store, and the clause that has to catch it."""


def _kit_on(store):
    @pytest.fixture
    def make_storage(self):
        return store

    return type(f"Test{store.__name__}", (StorageContract,), {"make_storage": make_storage})


globals().update({f"Test{store.__name__}": _kit_on(store) for store in (MemoryStorage, *BROKEN)})
