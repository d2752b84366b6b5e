"""Clauses 9: documents."""

from __future__ import annotations

import pytest
from attrs import evolve

from activitylog.errors import StaleVersion
from activitylog.storage import Storage
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.samples import TENANT, TRICKY_TEXTS, document

__all__ = ["Documents"]


def put(storage: Storage, *names: str) -> None:
    """Store a new document under each name."""
    for name in names:
        storage.put_document(document(name), expected_version=0)


def listed(storage: Storage, **narrowed: object) -> list[str]:
    """Return the names of the documents, in the order in which they come."""
    return [each.name for each in storage.documents(TENANT, "audience", **{"limit": 1000, **narrowed})]  # type: ignore[arg-type]


class Documents(Harness):
    """Documents."""

    def test_put(self, storage: Storage) -> None:
        """9.1 A document comes back with its body to the letter; the store counts its version from 1."""
        body = '{"b":1e20,"a":[-0.0,{"$x.y":null}],"":"é 😀 \' \\\\ "}'
        storage.put_document(document(body=body), expected_version=0)
        assert [evolve(document(body=body), version=1)] == list(storage.documents(TENANT, "audience", limit=10))
        storage.put_document(evolve(document(body="[]"), version=77), expected_version=1)
        assert [evolve(document(body="[]"), version=2)] == list(storage.documents(TENANT, "audience", limit=10))

    def test_stale_document(self, storage: Storage) -> None:
        """9.2 If another version is stored than was expected, it is a ``StaleVersion`` whose ``current`` is the
        document stored, or None where there is none; nothing is written.
        """
        with pytest.raises(StaleVersion) as caught:
            storage.put_document(document(), expected_version=1)
        assert caught.value.current is None
        storage.put_document(document(), expected_version=0)
        stored = evolve(document(), version=1)
        for body in ("[]", None):
            for expected in (0, 2):
                with pytest.raises(StaleVersion) as caught:
                    storage.put_document(document(body=body), expected_version=expected)
                assert stored == caught.value.current
        assert [stored] == list(storage.documents(TENANT, "audience", limit=10))

    def test_remove(self, storage: Storage) -> None:
        """9.3 The body None removes the document; after that there is none, and the next one begins at version 1."""
        put(storage, "one", "two")
        storage.put_document(document("one", None), expected_version=1)
        assert listed(storage) == ["two"]
        storage.put_document(document("one", "[]"), expected_version=0)
        assert [evolve(document("one", "[]"), version=1)] == list(
            storage.documents(TENANT, "audience", names=["one"], limit=10)
        )

    def test_order(self, storage: Storage) -> None:
        """9.4 Documents come ascending by name, as code points compare."""
        put(storage, *TRICKY_TEXTS)
        assert sorted(TRICKY_TEXTS) == listed(storage)

    def test_pages(self, storage: Storage) -> None:
        """9.5 ``after`` is exclusive and need not be a name that is there; at most ``limit`` documents come."""
        put(storage, *TRICKY_TEXTS)
        names = sorted(TRICKY_TEXTS)
        for n, name in enumerate(names):
            assert names[n + 1 : n + 4] == listed(storage, after=name, limit=3)
        assert [name for name in names if name > "ab"] == listed(storage, after="ab")
        assert names == listed(storage, after="")

    def test_names(self, storage: Storage) -> None:
        """9.6 ``names`` narrows to these, ``after`` and ``limit`` within them; names compare by code point."""
        put(storage, *TRICKY_TEXTS)
        for name in TRICKY_TEXTS:
            assert [name] == listed(storage, names=[name])
        assert listed(storage, names=["a", "A", "none"]) == ["A", "a"]
        assert listed(storage, names=["a", "A"], after="A") == ["a"]
        assert listed(storage, names=["a", "A"], limit=1) == ["A"]
        assert len(TRICKY_TEXTS) == len(listed(storage, names=[*TRICKY_TEXTS, *(f"none {n}" for n in range(1000))]))

    def test_kinds(self, storage: Storage) -> None:
        """9.7 Documents of different kinds have nothing to do with each other; kinds compare by code point."""
        for kind in ("audience", "Audience", "audience ", "key"):
            storage.put_document(document(kind=kind, body=f'"{kind}"'), expected_version=0)
        for kind in ("audience", "Audience", "audience ", "key"):
            assert [f'"{kind}"'] == [each.body for each in storage.documents(TENANT, kind, limit=10)]

    def test_large(self, storage: Storage) -> None:
        """9.8 A name has up to 255 bytes, and a body up to 4 MB: they hold the contacts of campaigns."""
        large = document("é" * 127 + "x", '"' + "é😀" * 650_000 + '"')
        storage.put_document(large, expected_version=0)
        assert [evolve(large, version=1)] == list(storage.documents(TENANT, "audience", limit=10))

    def test_by_kind(self, storage: Storage) -> None:
        """9.9 ``documents_by_kind`` gives of each kind what ``documents`` gives of it, of none an empty list."""
        put(storage, *TRICKY_TEXTS)
        for name in ("b", "a", "c"):
            storage.put_document(document(name, "[1]", kind="Audience"), expected_version=0)
        storage.put_document(evolve(document("a"), tenant="other"), expected_version=0)
        kinds = ["key", "audience", "Audience"]
        for limit in (2, 1000):
            found = storage.documents_by_kind(TENANT, kinds, limit=limit)
            assert {kind: list(storage.documents(TENANT, kind, limit=limit)) for kind in kinds} == {
                kind: list(listed) for kind, listed in found.items()
            }
        assert dict(storage.documents_by_kind(TENANT, [], limit=10)) == {}
