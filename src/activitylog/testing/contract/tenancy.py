"""Clauses 10: the wall between tenants."""

from __future__ import annotations

import pytest
from attrs import evolve

from activitylog.errors import ActivityNotFound
from activitylog.storage import Appended, Bucket, Field, Order, Storage, Unit
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.replacing import history
from activitylog.testing.contract.samples import KIM, TENANT, TRICKY_TEXTS, document, newer, query, record

__all__ = ["Tenancy"]

OTHER = "north"


class Tenancy(Harness):
    """The wall between tenants."""

    def test_reading(self, storage: Storage) -> None:
        """10.1 No reading call sees another tenant's entries: ``get``, ``fetch`` in every order, ``count`` and
        ``versions``.
        """
        chain = history(storage, record(tenant=OTHER), 3)
        assert dict(storage.get(TENANT, [chain[0].id])) == {}
        assert list(storage.versions(TENANT, chain[0].id, limit=10)) == []
        for subjects in ((), (KIM,), (KIM, "x:1")):
            for order in Order:
                assert list(storage.fetch(query(*subjects, order=order))) == []
            assert storage.count(query(*subjects))[0].numbers == (0,)
            assert storage.count(query(*subjects), limit=5)[0].numbers == (0,)
            assert list(storage.count(query(*subjects), by=[Field.SUBJECTS])) == []
            assert list(storage.count(query(*subjects), bucket=Bucket(Unit.DAY, ((0, 0),)))) == []

    def test_writing(self, storage: Storage) -> None:
        """10.2 No writing call touches another tenant's entries: ``replace``, ``delete``, ``rewrite``."""
        first, second = history(storage, record(tenant=OTHER), 2)
        intruder = evolve(second, tenant=TENANT, title="intruder")
        with pytest.raises(ActivityNotFound):
            storage.replace(newer(intruder), expected_version=2)
        storage.rewrite([(intruder, [])])
        assert storage.delete(query(), limit=10) == 0
        assert storage.delete(query(KIM), limit=10) == 0
        assert [second] == list(storage.fetch(query(tenant=OTHER)))
        assert [first] == list(storage.versions(OTHER, first.id, limit=10))
        assert list(storage.fetch(query())) == []

    def test_keys(self, storage: Storage) -> None:
        """10.3 A key is known within its tenant only."""
        ours, theirs = record(idempotency_key="k"), record(idempotency_key="k", tenant=OTHER, digest="d2")
        assert [Appended(ours.id, True)] == list(storage.append([ours]))
        assert [Appended(theirs.id, True)] == list(storage.append([theirs]))
        storage.delete(query(), limit=10)
        again = record(idempotency_key="k", tenant=OTHER, digest="d2")
        assert [Appended(theirs.id, False)] == list(storage.append([again]))

    def test_ids(self, storage: Storage) -> None:
        """10.4 An id is known within its tenant only: two tenants may have it, and each has its own entry, versions
        and links.
        """
        ours = history(storage, record(1, title="ours"), 2)
        theirs = record(1, title="theirs", tenant=OTHER, digest="d2")
        assert [Appended(theirs.id, True)] == list(storage.append([theirs]))
        assert [theirs] == list(storage.fetch(query(KIM, tenant=OTHER)))
        assert list(storage.versions(OTHER, theirs.id, limit=10)) == []
        assert storage.delete(query(KIM, tenant=OTHER), limit=10) == 1
        assert ours[1:] == list(storage.fetch(query(KIM)))
        assert ours[:1] == list(storage.versions(TENANT, ours[0].id, limit=10))

    def test_documents(self, storage: Storage) -> None:
        """10.5 A document is known within its tenant only."""
        storage.put_document(document(body='"ours"'), expected_version=0)
        storage.put_document(document(body='"theirs"', tenant=OTHER), expected_version=0)
        storage.put_document(document(body=None, tenant=OTHER), expected_version=1)
        assert [each.body for each in storage.documents(TENANT, "audience", limit=10)] == ['"ours"']
        assert list(storage.documents(OTHER, "audience", limit=10)) == []

    def test_names_are_exact(self, storage: Storage) -> None:
        """10.6 Names of tenants compare by code point."""
        for text in TRICKY_TEXTS:
            storage.append([record(tenant=text, title=text)])
        for text in TRICKY_TEXTS:
            assert [text] == [each.title for each in storage.fetch(query(KIM, tenant=text))]

    def test_tenants(self, storage: Storage) -> None:
        """10.7 ``tenants`` gives those that have entries, ascending by code point, those after ``after``, at most
        ``limit``.
        """
        assert list(storage.tenants(limit=10)) == []
        for text in TRICKY_TEXTS:
            storage.append([record(tenant=text), record(tenant=text)])
        names = sorted(TRICKY_TEXTS)
        assert names == list(storage.tenants(limit=1000))
        assert names[:3] == list(storage.tenants(limit=3))
        for n, name in enumerate(names):
            assert names[n + 1 : n + 3] == list(storage.tenants(after=name, limit=2))

    def test_tenants_without_entries(self, storage: Storage) -> None:
        """10.8 A tenant that has documents only, or whose entries were all purged, is not among them."""
        storage.put_document(document(), expected_version=0)
        storage.append([record(tenant=OTHER)])
        assert list(storage.tenants(limit=10)) == [OTHER]
        storage.delete(query(tenant=OTHER), limit=10)
        assert list(storage.tenants(limit=10)) == []
