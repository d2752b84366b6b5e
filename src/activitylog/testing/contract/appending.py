"""Clauses 2: new entries, and those that are known already."""

from __future__ import annotations

import pytest
from attrs import evolve

from activitylog.errors import KeyConflicts
from activitylog.storage import Appended, Storage
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.samples import TENANT, TRICKY_TEXTS, at, ids, newer, query, record

__all__ = ["Appending"]


class Appending(Harness):
    """New entries, and those that are known already."""

    def test_answers_in_order(self, storage: Storage) -> None:
        """2.1 ``append`` answers for each record in the order given, whatever their times and ids."""
        first = record(5, idempotency_key="k")
        storage.append([first])
        given = [record(9, 1), record(6, idempotency_key="k"), record(3, 2), record(7, -1)]
        expected = [Appended(given[0].id, True), Appended(first.id, False), *(Appended(r.id, True) for r in given[2:])]
        assert expected == list(storage.append(given))

    def test_nothing(self, storage: Storage) -> None:
        """2.2 Nothing asked is nothing done: ``append``, ``get``, ``rewrite``, ``load`` and the names of
        ``documents`` may be empty.
        """
        storage.append([record()])
        storage.rewrite([])
        assert list(storage.append([])) == []
        assert dict(storage.get(TENANT, [])) == {}
        assert storage.load([]) == 0
        assert list(storage.documents(TENANT, "audience", names=[], limit=10)) == []

    def test_known_key(self, storage: Storage) -> None:
        """2.3 A record whose key is there with the same digest is not written: the answer is the earlier id,
        ``created`` False, and the earlier entry stays as it was.
        """
        first = record(idempotency_key="k", title="first")
        storage.append([first])
        again = record(idempotency_key="k", title="again")
        assert [Appended(first.id, False)] == list(storage.append([again]))
        assert [first] == list(storage.fetch(query()))
        assert dict(storage.get(TENANT, [again.id])) == {}

    def test_known_id(self, storage: Storage) -> None:
        """2.4 A record whose id is there with the same digest is answered likewise, with or without a key."""
        first, second = record(), record(idempotency_key="k")
        storage.append([first, second])
        again = [evolve(first, title="again"), evolve(second, title="again")]
        assert [Appended(each.id, False) for each in again] == list(storage.append(again))
        assert {first.id: first, second.id: second} == dict(storage.get(TENANT, ids(again)))

    def test_deleted_is_known(self, storage: Storage) -> None:
        """2.5 An entry that is marked as deleted, or changed since, is known by its key and id all the same, and is
        not revived.
        """
        first = record(idempotency_key="k")
        storage.append([first])
        deleted = newer(first, deleted_at=at(10), action="deleted")
        storage.replace(deleted, expected_version=1)
        assert [Appended(first.id, False)] == list(storage.append([record(idempotency_key="k")]))
        assert [Appended(first.id, False)] == list(storage.append([first]))
        assert [deleted] == list(storage.fetch(query()))

    def test_conflicts_name_all(self, storage: Storage) -> None:
        """2.6 A key or an id that is there with another digest is a ``KeyConflicts`` that names every such record of
        the call, and none of the others.
        """
        by_key, by_id, same = record(idempotency_key="k"), record(), record(idempotency_key="s")
        storage.append([by_key, by_id, same])
        key_again = record(idempotency_key="k", digest="d2")
        given = [record(), key_again, evolve(by_id, digest="d2"), record(idempotency_key="s")]
        with pytest.raises(KeyConflicts) as caught:
            storage.append(given)
        assert {key_again.id: by_key.id, by_id.id: by_id.id} == caught.value.first

    def test_nothing_written_on_conflict(self, storage: Storage) -> None:
        """2.7 ``append`` is all or nothing: on a conflict no record of the call is written, and none of their keys
        is taken.
        """
        first = record(idempotency_key="k")
        storage.append([first])
        fresh = [record(idempotency_key=f"n{n}") for n in range(50)]
        with pytest.raises(KeyConflicts):
            storage.append([*fresh[:25], record(idempotency_key="k", digest="d2"), *fresh[25:]])
        assert [first] == list(storage.fetch(query()))
        assert all(answer.created for answer in storage.append(fresh))

    def test_keys_are_exact(self, storage: Storage) -> None:
        """2.8 Keys compare by code point, to their full length of 255 bytes."""
        keys = (*TRICKY_TEXTS, "k" * 254 + "a", "k" * 254 + "b")
        given = [record(idempotency_key=key, digest=str(n)) for n, key in enumerate(keys)]
        assert all(answer.created for answer in storage.append(given))
        again = [record(idempotency_key=key, digest=str(n)) for n, key in enumerate(keys)]
        assert ids(given) == [answer.id for answer in storage.append(again)]

    def test_without_key(self, storage: Storage) -> None:
        """2.9 Records without a key are known by their id only."""
        assert all(answer.created for answer in storage.append([record(), record(), record()]))
        assert all(answer.created for answer in storage.append([record(), record()]))

    def test_many_records(self, storage: Storage) -> None:
        """2.10 One call takes a thousand records, and ``get`` a thousand ids."""
        given = [record(minutes=n, idempotency_key=f"k{n}") for n in range(1000)]
        assert [Appended(each.id, True) for each in given] == list(storage.append(given))
        assert {each.id: each for each in given} == dict(storage.get(TENANT, ids(given)))
        assert [Appended(each.id, False) for each in given] == list(storage.append(given))
