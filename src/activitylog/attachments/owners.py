"""Who owns a content: entries, batches, templates and plans, each by a document, so that an index answers.

A document alone proves nothing, since it is written before what it speaks of: an owner counts if it still has the
content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from itertools import islice
from typing import Final, Literal
from uuid import UUID

import orjson
from attrs import evolve, frozen

from activitylog.documents import documents_of, one_document
from activitylog.errors import StaleVersion
from activitylog.storage import And, Document, Field, Has, In, Query, Storage

__all__ = ["FILE", "Owner", "add_owners", "owned", "surely_owned"]

FILE: Final = "file"
"""The kind of the documents, named by the content, what owns it, and which one that is."""
_PART: Final = 500


@frozen
class Owner:
    """What has a content: an entry by its id, all entries of a batch, or the document of a template or a plan."""

    kind: Literal["entry", "batch", "template", "plan"]
    key: str

    @classmethod
    def entry(cls, id: UUID) -> Owner:
        """Return an entry as owner."""
        return cls("entry", str(id))

    @classmethod
    def batch(cls, id: str) -> Owner:
        """Return a batch as owner."""
        return cls("batch", id)

    @classmethod
    def template(cls, name: str) -> Owner:
        """Return the document of kind ``template`` with this name as owner."""
        return cls("template", name)

    @classmethod
    def plan(cls, id: str) -> Owner:
        """Return the document of kind ``plan`` with this id as owner."""
        return cls("plan", id)

    def document(self, tenant: str, sha256: str) -> Document:
        """Return the document that says that it owns a content."""
        place = blake2b(self.key.encode(), digest_size=16).hexdigest() if self.kind == "template" else self.key
        body = orjson.dumps({"kind": self.kind, "key": self.key}).decode()
        return Document(tenant, FILE, f"{sha256}:{self.kind}:{place}", body)

    @classmethod
    def of_document(cls, document: Document) -> Owner:
        """Return the owner that a document speaks of."""
        return cls(**orjson.loads(document.body or "{}"))


def add_owners(store: Storage, tenant: str, owners: Iterable[tuple[str, Owner]]) -> None:
    """Write down who will own which content."""
    wanted = iter(dict.fromkeys(owner.document(tenant, sha256) for sha256, owner in owners))
    while part := list(islice(wanted, _PART)):
        names = [document.name for document in part]
        known = {document.name for document in store.documents(tenant, FILE, names=names, limit=len(names))}
        for document in part:
            if document.name not in known:
                with suppress(StaleVersion):  # another writer was as quick
                    store.put_document(document, expected_version=0)


def surely_owned(store: Storage, tenant: str, sha256: str) -> bool:
    """Tell whether the first that says it owns a content does: False only means that one has to look closer."""
    first = store.documents(tenant, FILE, after=f"{sha256}:", limit=1)
    return bool(_having(store, tenant, sha256, [each for each in first if each.name.startswith(f"{sha256}:")]))


def owned(store: Storage, tenant: str, sha256: str) -> bool:
    """Tell whether anything has a content; documents of what has it no more are removed on the way.

    To be called where nobody can be adding the content: its owner is written down before it has it.
    """
    for part in _parts(documents_of(store, tenant, FILE, prefix=f"{sha256}:")):
        having = _having(store, tenant, sha256, part)
        for document in part:
            if document not in having:
                with suppress(StaleVersion):
                    store.put_document(evolve(document, body=None), expected_version=document.version)
        if having:
            return True
    return False


def _parts(documents: Iterator[Document]) -> Iterator[list[Document]]:
    while part := list(islice(documents, _PART)):
        yield part


def _having(store: Storage, tenant: str, sha256: str, documents: Sequence[Document]) -> list[Document]:
    """Return the documents whose owners have the content."""
    owners = {document: Owner.of_document(document) for document in documents}
    ids = [UUID(owner.key) for owner in owners.values() if owner.kind == "entry"]
    entries = store.get(tenant, ids) if ids else {}

    def has(owner: Owner) -> bool:
        match owner.kind:
            case "entry":
                entry = entries.get(UUID(owner.key))
                return entry is not None and any(file.sha256 == sha256 for file in entry.files)
            case "batch":
                where = And((In(Field.BATCH, [owner.key]), Has(Field.FILES, [sha256])))
                return bool(store.fetch(Query(tenant=tenant, where=where, limit=1)))
            case "template":
                return sha256 in _body(store, tenant, owner)
            case "plan":  # its drafts name what it needed, and its ``files`` what it still needs
                return sha256 in orjson.loads(_body(store, tenant, owner) or "{}").get("files", ())

    return [document for document, owner in owners.items() if has(owner)]


def _body(store: Storage, tenant: str, owner: Owner) -> str:
    """Return the body of the document that is the owner, empty where it is gone."""
    document = one_document(store, tenant, owner.kind, owner.key)
    return "" if document is None else document.body or ""
