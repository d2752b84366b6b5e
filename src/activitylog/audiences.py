"""Audiences: who may see an entry, interned as one scalar that every store can index.

The name of an audience is the digest of its (readers, visibility, team), so that writers need not agree on a number;
its document says what it stands for, and a viewer's principals are resolved against these documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Final

import orjson

from activitylog.errors import StaleVersion
from activitylog.storage import Document, Record, Storage

__all__ = ["AUDIENCE", "Audiences", "audience"]

AUDIENCE: Final = "audience"
"""The kind of the documents."""


@lru_cache(maxsize=4096)
def audience(readers: tuple[str, ...], visibility: str, team: str) -> str:
    """Return the name of an audience."""
    return blake2b(orjson.dumps([readers, visibility, team]), digest_size=12).hexdigest()


class Audiences:
    """Sees to it that each audience that entries name has its document, once per process and tenant."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()

    def lacks(self, records: Iterable[Record]) -> bool:
        """Tell whether a document may have to be written for one of them."""
        return any((record.tenant, record.audience) not in self._known for record in records)

    def ensure(self, store: Storage, records: list[Record]) -> None:
        """Write the documents that are not known yet; known they are once that is committed."""
        first_of_each = {(record.tenant, record.audience): record for record in records}
        for key, record in first_of_each.items():
            if key not in self._known:
                self._write(store, record)
                store.after_commit(partial(self._known.add, key))

    def _write(self, store: Storage, record: Record) -> None:
        if store.documents(record.tenant, AUDIENCE, names=[record.audience], limit=1):
            return
        body = orjson.dumps({"readers": record.readers, "visibility": record.visibility, "team": record.team}).decode()
        with suppress(StaleVersion):  # another writer was as quick, with the same body
            store.put_document(Document(record.tenant, AUDIENCE, record.audience, body), expected_version=0)
