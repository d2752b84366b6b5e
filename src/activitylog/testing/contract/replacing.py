"""Clauses 7: new versions, and those that they replaced."""

from __future__ import annotations

from uuid import UUID

import pytest

from activitylog.errors import ActivityNotFound, StaleVersion
from activitylog.storage import ABSENT, Appended, Between, Field, Has, Match, Mention, Order, Record, Storage
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.samples import KIM, TENANT, at, link, newer, query, record

__all__ = ["Replacing"]


def history(storage: Storage, first: Record, length: int) -> list[Record]:
    """Write an entry and its further versions, and return all, oldest first."""
    chain = [first]
    storage.append(chain)
    while len(chain) < length:
        chain.append(newer(chain[-1], title=f"title {len(chain) + 1}"))
        storage.replace(chain[-1], expected_version=chain[-2].version)
    return chain


class Replacing(Harness):
    """New versions, and those that they replaced."""

    def test_replace(self, storage: Storage) -> None:
        """7.1 ``replace`` puts the record in place of the one expected, and keeps that one among the versions."""
        first, second = history(storage, record(title="first"), 2)
        assert [second] == list(storage.fetch(query(KIM)))
        assert [first] == list(storage.versions(TENANT, first.id, limit=10))

    def test_stale(self, storage: Storage) -> None:
        """7.2 If another version is stored than was expected, an older or a newer one, it is a ``StaleVersion`` whose
        ``current`` is the record stored, and nothing is written.
        """
        first, second = history(storage, record(), 2)
        for expected in (1, 3):
            with pytest.raises(StaleVersion) as caught:
                storage.replace(newer(first, title="stale"), expected_version=expected)
            assert second == caught.value.current
        assert [second] == list(storage.fetch(query()))
        assert [first] == list(storage.versions(TENANT, first.id, limit=10))

    def test_not_found(self, storage: Storage) -> None:
        """7.3 An id that is not there is an ``ActivityNotFound``, and nothing is written."""
        storage.append([record()])
        with pytest.raises(ActivityNotFound) as caught:
            storage.replace(newer(record(UUID(int=7))), expected_version=1)
        assert caught.value.id == UUID(int=7)
        assert len(storage.fetch(query())) == 1
        assert list(storage.versions(TENANT, UUID(int=7), limit=10)) == []

    def test_versions(self, storage: Storage) -> None:
        """7.4 ``versions`` gives the replaced versions, newest first, without the current one."""
        chain = history(storage, record(), 5)
        assert chain[3::-1] == list(storage.versions(TENANT, chain[0].id, limit=100))

    def test_versions_in_pages(self, storage: Storage) -> None:
        """7.5 ``before`` is exclusive, and at most ``limit`` versions come."""
        chain = history(storage, record(), 6)
        one = chain[0].id
        assert chain[4:2:-1] == list(storage.versions(TENANT, one, limit=2))
        assert chain[2:0:-1] == list(storage.versions(TENANT, one, before=4, limit=2))
        assert chain[:1] == list(storage.versions(TENANT, one, before=2, limit=2))
        assert list(storage.versions(TENANT, one, before=1, limit=2)) == []

    def test_no_versions(self, storage: Storage) -> None:
        """7.6 An entry that was never replaced, or an id that is not there, has no versions."""
        storage.append([first := record()])
        assert list(storage.versions(TENANT, first.id, limit=10)) == []
        assert list(storage.versions(TENANT, UUID(int=7), limit=10)) == []

    def test_key_stays_known(self, storage: Storage) -> None:
        """7.7 After ``replace`` the entry is known by its key and its id as before."""
        chain = history(storage, record(idempotency_key="k"), 3)
        again = record(idempotency_key="k")
        assert [Appended(chain[0].id, False)] == list(storage.append([again]))
        assert [Appended(chain[0].id, False)] == list(storage.append([chain[0]]))

    def test_time_changes(self, storage: Storage) -> None:
        """7.8 A version with another ``occurred_at`` or ``due_at`` takes the place of that time in every order."""
        first, moved = record(minutes=5, due_at=at(50)), record(minutes=1, due_at=at(10))
        storage.append([first, moved])
        moved = newer(moved, occurred_at=at(9), due_at=at(90))
        storage.replace(moved, expected_version=1)
        for subjects in ((), (KIM,)):
            assert [moved, first] == list(storage.fetch(query(*subjects)))
            assert [moved, first] == list(storage.fetch(query(*subjects, order=Order.DUE)))
            assert [first, moved] == list(storage.fetch(query(*subjects, order=Order.RECORDED)))
        assert [moved] == list(storage.fetch(query(where=Between(Field.OCCURRED_AT, ge=at(6), lt=ABSENT))))

    def test_links_change(self, storage: Storage) -> None:
        """7.9 A version with other links, tags, readers or words is found by the new ones, and no more by the old."""
        first = record(links=(link(), link("company:7")), tags=("old",), readers=("*",), words=" before")
        storage.append([first])
        second = newer(first, links=(link("company:7"), link("x:1")), tags=("new",), readers=("u:1",), words=" after")
        storage.replace(second, expected_version=1)
        assert [[], [second], [second]] == [list(storage.fetch(query(ref))) for ref in (KIM, "company:7", "x:1")]
        for gone, here in (
            (Has(Field.TAGS, ["old"]), Has(Field.TAGS, ["new"])),
            (Has(Field.READERS, ["*"]), Has(Field.READERS, ["u:1"])),
            (Has(Field.LINKS, [KIM]), Has(Field.LINKS, ["x:1"])),
            (Match(["before"]), Match(["after"])),
        ):
            assert [[], [second]] == [list(storage.fetch(query(where=where))) for where in (gone, here)]
        counted = storage.count(query(), by=[Field.SUBJECTS])
        assert {("company:7",), ("x:1",)} == {one.key for one in counted}

    def test_versions_are_whole(self, storage: Storage) -> None:
        """7.10 A replaced version keeps everything it had, its links, tags and labels too."""
        first = record(
            links=(link(), link("company:7", "ACME", "parent")), tags=("a", "b"), actor=Mention("user:3", "Lea", "user")
        )
        storage.append([first])
        second = newer(first, links=(), tags=(), actor=Mention("user:3", "L.", "user"))
        storage.replace(second, expected_version=1)
        assert [first] == list(storage.versions(TENANT, first.id, limit=1))
        assert {first.id: second} == dict(storage.get(TENANT, [first.id]))
