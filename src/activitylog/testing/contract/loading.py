"""Clauses 11: entries that come with their versions, and opening and closing."""

from __future__ import annotations

import pytest

from activitylog.errors import KeyConflicts
from activitylog.storage import Storage, Versioned
from activitylog.testing.contract.harness import Harness, MakeStorage
from activitylog.testing.contract.replacing import history
from activitylog.testing.contract.samples import KIM, TENANT, at, newer, query, record

__all__ = ["Loading"]


def _versions(*titles: str) -> Versioned:
    chain = [record(title=titles[0], idempotency_key=titles[0])]
    for title in titles[1:]:
        chain.append(newer(chain[-1], title=title, deleted_at=at(99)))
    return chain[-1], chain[:-1]


def _stored(storage: Storage, *entries: Versioned) -> list[Versioned]:
    return [
        (storage.get(TENANT, [entry.id])[entry.id], list(storage.versions(TENANT, entry.id, limit=100))[::-1])
        for entry, _ in entries
    ]


class Loading(Harness):
    """Entries that come with their versions, and opening and closing."""

    def test_load(self, storage: Storage) -> None:
        """11.1 ``load`` adds entries with all their versions exactly, and returns how many."""
        entries = [_versions("a1", "a2", "a3"), _versions("b1"), _versions("c1", "c2")]
        assert storage.load(entries) == 3
        assert entries == _stored(storage, *entries)
        assert {entry.id for entry, _ in entries} == {each.id for each in storage.fetch(query(KIM))}

    def test_load_again(self, storage: Storage) -> None:
        """11.2 ``load`` leaves out what is there: the same import twice adds nothing."""
        entries = [_versions("a1", "a2", "a3"), _versions("b1")]
        storage.load(entries)
        assert storage.load([*entries, new := _versions("c1", "c2")]) == 1
        assert [*entries, new] == _stored(storage, *entries, new)

    def test_load_resumes(self, storage: Storage) -> None:
        """11.3 ``load`` completes what an interrupted call left: the versions that are missing are added."""
        entry = _versions("a1", "a2", "a3")
        storage.append(list(entry[1][:1]))
        assert storage.load([entry]) == 1
        assert [entry] == _stored(storage, entry)

    def test_loaded_is_known(self, storage: Storage) -> None:
        """11.4 A loaded entry is like one that was written: known by its key, replaced, purged."""
        entry = _versions("a1", "a2")
        storage.load([entry])
        assert [answer.created for answer in storage.append([record(idempotency_key="a1")])] == [False]
        third = newer(entry[0], title="a3")
        storage.replace(third, expected_version=2)
        assert [(third, [*entry[1], entry[0]])] == _stored(storage, (third, []))
        assert storage.delete(query(), limit=10) == 1

    def test_setup_again(self, storage: Storage) -> None:
        """11.5 ``setup`` may be repeated, and keeps what is there."""
        chain = history(storage, record(), 2)
        storage.setup()
        storage.setup()
        assert chain[1:] == list(storage.fetch(query()))
        assert chain[:1] == list(storage.versions(TENANT, chain[0].id, limit=10))

    def test_close_again(self, make_storage: MakeStorage) -> None:
        """11.6 ``close`` may be repeated."""
        storage = make_storage()
        storage.append([record()])
        storage.close()
        storage.close()

    def test_load_a_known_key(self, storage: Storage) -> None:
        """11.7 ``load`` leaves out an entry whose key is known; with another digest it raises ``KeyConflicts``."""
        earlier = record(idempotency_key="k", digest="same")
        storage.append([earlier])
        assert storage.load([(record(idempotency_key="k", digest="same"), ()), _versions("new")]) == 1
        with pytest.raises(KeyConflicts):
            storage.load([(record(idempotency_key="k", digest="other"), ())])
        assert storage.get(TENANT, [earlier.id]) == {earlier.id: earlier}
        assert len(storage.fetch(query())) == 2
