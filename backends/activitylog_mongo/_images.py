"""Savepoints, which MongoDB's transactions lack: what stood there before is kept, and put back."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from attrs import define, field
from pymongo.collection import Collection

from activitylog.storage import Document
from activitylog_mongo._codec import Stored, with_ids
from activitylog_mongo._collections import Collections

__all__ = ["Images"]

_Kept = tuple[Collection[Stored], Stored, list[Stored]]
"""A collection, a filter, and what it found there."""


@define
class Images:
    """What was to be changed since a savepoint, as it was before."""

    collections: Collections
    kept: list[_Kept] = field(factory=list)

    def keep_entries(self, tenant: str, ids: Iterable[UUID]) -> None:
        """Keep entries with their versions; where there are none, there will be none again."""
        wanted = list(ids)
        self._keep(self.collections.entries, with_ids(tenant, wanted))
        self._keep(self.collections.versions, {"tenant": tenant, "entry": {"$in": wanted}})

    def keep_document(self, document: Document) -> None:
        """Keep a document, or that there is none."""
        place = {"tenant": document.tenant, "kind": document.kind, "name": document.name}
        self._keep(self.collections.documents, place)

    def put_back(self) -> None:
        """Leave everything as it was at the savepoint."""
        session = self.collections.session
        for collection, place, found in reversed(self.kept):
            collection.delete_many(place, session=session)
            if found:
                collection.insert_many(found, session=session)

    def _keep(self, collection: Collection[Stored], place: Stored) -> None:
        self.kept.append((collection, place, list(collection.find(place, session=self.collections.session))))
