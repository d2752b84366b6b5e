"""Documents: reading all of one kind, however many, and changing one while others do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, Protocol

from attrs import evolve, frozen

from activitylog.errors import StaleVersion, WriteConflict
from activitylog.storage import Document, Storage

__all__ = ["Documents", "Gathered", "change_document", "documents_of", "gathered", "one_document"]

ATTEMPTS: Final = 20
_PART: Final = 1_000


class Documents(Protocol):
    """Where documents are read: a store, or what was read of one at once."""

    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        """Return documents as the port does."""


@frozen(eq=False)
class Gathered:
    """The first documents of several kinds of a tenant; what comes after them is read from the store."""

    _store: Storage
    _first: Mapping[str, Sequence[Document]]

    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        """Return documents as the port does."""
        if names is None and after is None and limit == _PART and kind in self._first:
            return self._first[kind]
        return self._store.documents(tenant, kind, names=names, after=after, limit=limit)


def gathered(store: Storage, tenant: str, kinds: Sequence[str]) -> Mapping[str, Sequence[Document]]:
    """Return the first documents of these kinds, read by one call where there are several."""
    return store.documents_by_kind(tenant, kinds, limit=_PART) if len(kinds) > 1 else {}


def documents_of(store: Documents, tenant: str, kind: str, *, prefix: str = "") -> Iterator[Document]:
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


def one_document(store: Documents, tenant: str, kind: str, name: str) -> Document | None:
    """Return the document of this name, or None."""
    return next(iter(store.documents(tenant, kind, names=[name], limit=1)), None)


def change_document(
    store: Storage, tenant: str, kind: str, name: str, changed: Callable[[Document | None], str | None]
) -> tuple[Document | None, Document]:
    """Put another body into a document, and return it as it was (None: not there) and as it is now.

    ``changed`` gives the new body: None removes the document, and the same as before writes nothing. Lost races are
    run again.

    Raises:
        WriteConflict: others were faster, again and again.
    """
    for _ in range(ATTEMPTS):
        before = one_document(store, tenant, kind, name)
        stored = before or Document(tenant, kind, name, None)
        after = evolve(stored, body=changed(before))
        if after == stored:
            return before, after
        try:
            store.put_document(after, expected_version=stored.version)
        except StaleVersion:
            continue
        return before, after
    raise WriteConflict(f"a document of the kind {kind!r} was changed by others {ATTEMPTS} times in a row; try again")
