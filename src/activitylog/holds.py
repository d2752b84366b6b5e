"""Holds: of whom nothing may be archived, purged or erased, whatever the rules say.

One document per subject says why, by whom and since when. A hold on one of merged subjects holds all of them. A hold on
a single entry is part of its handling: its field ``held``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from attrs import frozen

from activitylog.aliases import alias_name, stored_groups
from activitylog.documents import Documents, change_document, documents_of
from activitylog.errors import InvalidInput
from activitylog.payload import decoded, encoded
from activitylog.refs import Ref
from activitylog.storage import Document, Field, Has, In, Or, Query, Storage, Where, simplify

__all__ = ["HOLD", "Hold", "held_refs", "hold_subject", "holds_of", "is_held", "on_hold", "release_subject"]

HOLD: Final = "hold"
"""The kind of the documents, named by a digest of the ref; see ``Hold`` for their bodies."""


@frozen
class Hold:
    """A hold on a subject.

    Attributes:
        ref: the subject.
        reason: why.
        by: who held it.
        at: since when.
    """

    ref: Ref
    reason: str
    by: Ref
    at: datetime

    def body(self) -> str:
        """Return the hold as its document has it."""
        plain = {"ref": str(self.ref), "reason": self.reason, "by": str(self.by), "at": self.at.isoformat()}
        return encoded(plain)

    @classmethod
    def of_document(cls, document: Document) -> Hold:
        """Return the hold that a document speaks of."""
        body = decoded(document.body or "{}")
        at = datetime.fromisoformat(body["at"]).astimezone(UTC)
        return cls(Ref.of(body["ref"]), body["reason"], Ref.of(body["by"]), at)


def hold_subject(store: Storage, tenant: str, hold: Hold) -> None:
    """Hold a subject; one that is held already stays as it was held first."""

    def held(stored: Document | None) -> str | None:
        return hold.body() if stored is None else stored.body

    change_document(store, tenant, HOLD, alias_name(str(hold.ref)), held)


def release_subject(store: Storage, tenant: str, ref: str) -> None:
    """Take the hold on a subject away.

    Raises:
        InvalidInput: it is not held itself.
    """

    def released(stored: Document | None) -> None:
        if stored is None:
            raise InvalidInput("ref", "this subject is not held itself, though one that is merged with it may be")

    change_document(store, tenant, HOLD, alias_name(ref), released)


def holds_of(store: Documents, tenant: str) -> Iterator[Hold]:
    """Give all holds on subjects of a tenant."""
    return map(Hold.of_document, documents_of(store, tenant, HOLD))


def held_refs(store: Storage, tenant: str) -> frozenset[str]:
    """Return all subjects that are held, with all that are read as one with them."""
    held = [str(hold.ref) for hold in holds_of(store, tenant)]
    return frozenset(stored_groups(store, tenant).expanded(held)) if held else frozenset()


@lru_cache(maxsize=64)  # asked twice for each page
def on_hold(held: frozenset[str]) -> Where:
    """Return the condition of entries that stay: held themselves, or linked to a subject that is."""
    return simplify(Or((In(Field.HELD, [True]), Has(Field.LINKS, held))))


def is_held(store: Storage, tenant: str, ref: str) -> bool:
    """Tell whether a subject, one that is merged with it, or any entry of these is held."""
    group = stored_groups(store, tenant).group(ref)
    held = held_refs(store, tenant)
    if not held.isdisjoint(group):
        return True
    return bool(store.fetch(Query(tenant=tenant, subjects=group, where=on_hold(held), limit=1)))
