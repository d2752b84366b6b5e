"""Tombstones: what an erasure took is known by a keyed digest only, so that no import brings it back.

There are two kinds: of the idempotency keys of erased entries, and of the refs of erased people, with the moment. The
secret of the digests is made with a tenant's first erasure: where there is none, nothing was ever erased, and nobody
need look.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from typing import Final

from attrs import field, frozen

from activitylog.documents import Documents, change_document, one_document
from activitylog.payload import decoded, encoded
from activitylog.remembered import Remembered
from activitylog.storage import Storage

__all__ = ["TOMBSTONE", "Graveyard", "Secrets", "graveyard", "made_graveyard", "stored_secret"]

TOMBSTONE: Final = "tombstone"
"""The kind of the documents; their names are the digests, their bodies hold ``at`` where one is of a person."""
_SALT: Final = "tombstone.key"
"""The kind of the document that holds a tenant's secret, under one name."""
_NAME: Final = "key"
_PART: Final = 500

Secrets = Remembered[bytes | None]
"""The secret of each tenant; that another process made one is seen within five seconds."""


def stored_secret(store: Documents, tenant: str) -> bytes | None:
    """Return the secret of a tenant, or None where nothing was ever erased."""
    document = one_document(store, tenant, _SALT, _NAME)
    return None if document is None else bytes.fromhex(decoded(document.body or "{}")["hex"])


def graveyard(store: Storage, tenant: str) -> Graveyard | None:
    """Return the tombstones of a tenant, or None where nothing was ever erased."""
    secret = stored_secret(store, tenant)
    return None if secret is None else Graveyard(store, tenant, secret)


def made_graveyard(store: Storage, tenant: str) -> Graveyard:
    """Return the tombstones of a tenant, with a secret of their own."""
    made = encoded({"hex": secrets.token_bytes(32).hex()})
    _, after = change_document(store, tenant, _SALT, _NAME, lambda found: made if found is None else found.body)
    return Graveyard(store, tenant, bytes.fromhex(decoded(after.body or "{}")["hex"]))


@frozen
class Graveyard:
    """The tombstones of one tenant."""

    _store: Storage
    _tenant: str
    _secret: bytes = field(repr=False)

    def bury_keys(self, keys: Iterable[str]) -> None:
        """Remember the idempotency keys of erased entries."""
        for key in keys:
            change_document(self._store, self._tenant, TOMBSTONE, self._name("key", key), lambda _: "{}")

    def bury_refs(self, refs: Iterable[str], at: datetime) -> None:
        """Remember that people were erased at a moment."""
        body = encoded({"at": at.isoformat()})
        for ref in refs:
            change_document(self._store, self._tenant, TOMBSTONE, self._name("ref", ref), lambda _: body)

    def keys(self, keys: Collection[str]) -> set[str]:
        """Return those of the idempotency keys whose entries were erased."""
        return set(self._found("key", keys))

    def refs(self, refs: Collection[str]) -> dict[str, datetime]:
        """Return those of the refs that were erased, and when."""
        found = self._found("ref", refs)
        return {ref: datetime.fromisoformat(body["at"]).astimezone(UTC) for ref, body in found.items()}

    def _found(self, what: str, texts: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        return dict(self._each(what, texts))

    def _each(self, what: str, texts: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
        rest = iter(texts)
        while part := list(islice(rest, _PART)):
            names = {self._name(what, text): text for text in part}
            for document in self._store.documents(self._tenant, TOMBSTONE, names=list(names), limit=len(names)):
                yield names[document.name], decoded(document.body or "{}")

    def _name(self, what: str, text: str) -> str:
        return blake2b(f"{what}:{text}".encode(), key=self._secret, digest_size=16).hexdigest()
