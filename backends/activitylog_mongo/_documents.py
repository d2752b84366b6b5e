"""What is read and written of documents: each change is one conditional write."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from attrs import frozen
from pymongo.errors import DuplicateKeyError

from activitylog.errors import StaleVersion
from activitylog.storage import Document
from activitylog_mongo._codec import Stored
from activitylog_mongo._collections import Collections

__all__ = ["Documents"]

_READ: Final = {"_id": False, "name": True, "body": True, "version": True}


@frozen
class Documents:
    """The documents of a store."""

    collections: Collections

    def find(
        self, tenant: str, kind: str, names: Collection[str] | None, after: str | None, limit: int
    ) -> list[Document]:
        """Answer ``Storage.documents``."""
        named: dict[str, Any] = {} if names is None else {"$in": list(names)}
        if after is not None:
            named["$gt"] = after
        asked = {"tenant": tenant, "kind": kind, **({"name": named} if named else {})}
        found = self.collections.documents.find(
            asked, _READ, sort=[("name", 1)], limit=limit, batch_size=limit, session=self.collections.session
        )
        return [Document(tenant, kind, one["name"], one["body"], one["version"]) for one in found]

    def put(self, document: Document, expected_version: int) -> None:
        """Answer ``Storage.put_document``."""
        if not self._wrote(document, expected_version):
            raise StaleVersion(
                f"version: this {document.kind} document is not at {expected_version}; read it again",
                self._current(document),
            )

    def _wrote(self, document: Document, expected_version: int) -> bool:
        documents, session = self.collections.documents, self.collections.session
        place: Stored = {"tenant": document.tenant, "kind": document.kind, "name": document.name}
        expected = {**place, "version": expected_version}
        if document.body is None:
            return documents.delete_one(expected, session=session).deleted_count == 1
        if expected_version:
            change = {"$set": {"body": document.body}, "$inc": {"version": 1}}
            return documents.update_one(expected, change, session=session).matched_count == 1
        if session and self._current(document):  # a refused insert would end the whole transaction
            return False
        try:
            documents.insert_one({**place, "body": document.body, "version": 1}, session=session)
        except DuplicateKeyError:
            return False
        return True

    def _current(self, document: Document) -> Document | None:
        return next(iter(self.find(document.tenant, document.kind, [document.name], None, 1)), None)
