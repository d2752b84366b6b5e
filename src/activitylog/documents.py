"""Documents: all of one kind, however many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from activitylog.storage import Document, Storage

__all__ = ["documents_of", "one_document"]

_PART: Final = 1_000


def documents_of(store: Storage, tenant: str, kind: str, *, prefix: str = "") -> Iterator[Document]:
    """Give the documents of a kind, ascending by name, those whose name begins so."""
    after = prefix or None  # names are longer than their prefix
    while part := store.documents(tenant, kind, after=after, limit=_PART):
        for document in part:
            if not document.name.startswith(prefix):
                return
            yield document
        if len(part) < _PART:
            return
        after = part[-1].name


def one_document(store: Storage, tenant: str, kind: str, name: str) -> Document | None:
    """Return the document of this name, or None."""
    return next(iter(store.documents(tenant, kind, names=[name], limit=1)), None)
