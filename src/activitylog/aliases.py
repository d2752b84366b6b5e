"""Aliases: subjects that were merged are read as one group; what was written stays as it was written.

One document per duplicate says into whom it was merged. Merges of merges make chains; a group is whatever hangs
together, so that no order of merging matters to a reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final

from attrs import frozen

from activitylog.documents import Documents, documents_of
from activitylog.payload import decoded
from activitylog.remembered import Remembered

__all__ = ["ALIAS", "Aliases", "Groups", "alias_name", "stored_groups"]

ALIAS: Final = "alias"
"""The kind of the documents; their bodies hold the refs ``duplicate`` and ``into``."""


def alias_name(duplicate: str) -> str:
    """Return the name of the document of a duplicate: refs can be longer than names."""
    return blake2b(duplicate.encode(), digest_size=16).hexdigest()


@frozen
class Groups:
    """The groups of merged subjects of a tenant."""

    into: Mapping[str, str]
    """By duplicate, into whom it was merged."""
    _duplicates: Mapping[str, Sequence[str]]
    """By subject, who was merged into it."""

    @classmethod
    def of_aliases(cls, into: Mapping[str, str]) -> Groups:
        """Return the groups that these aliases make."""
        duplicates: dict[str, list[str]] = {}
        for duplicate, target in into.items():
            duplicates.setdefault(target, []).append(duplicate)
        return cls(into, duplicates)

    def root(self, ref: str) -> str:
        """Return the ref that stands for the whole group, or the ref itself where it was never merged."""
        return _root(self.into, ref)

    def group(self, ref: str) -> tuple[str, ...]:
        """Return all refs that are read as one with this one, sorted, itself among them."""
        found = {ref}
        beside = [ref]
        while beside:
            one = beside.pop()
            target = self.into.get(one)
            linked = {*self._duplicates.get(one, ()), one if target is None else target} - found
            found |= linked
            beside += linked
        return tuple(sorted(found))

    def in_circle(self, ref: str) -> bool:
        """Tell whether the chain that begins with a ref leads back to it."""
        seen = {ref}
        after = self.into.get(ref)
        while after is not None and after not in seen:
            seen.add(after)
            after = self.into.get(after)
        return after == ref

    def expanded(self, refs: Iterable[str]) -> tuple[str, ...]:
        """Return the refs with all that are read as one with them, each once."""
        return tuple(dict.fromkeys(member for ref in refs for member in self.group(ref))) if self.into else tuple(refs)


Aliases = Remembered[Groups]
"""The groups of each tenant; what another process merges is seen within five seconds."""


def _root(into: Mapping[str, str], ref: str) -> str:
    """Follow a chain to its end; where two processes merged in a circle, the smallest ref of it stands for all."""
    seen = [ref]
    while (target := into.get(seen[-1])) is not None:
        if target in seen:
            return min(seen[seen.index(target) :])
        seen.append(target)
    return seen[-1]


def stored_groups(store: Documents, tenant: str) -> Groups:
    """Return what the store says of merged subjects."""
    bodies = (decoded(document.body or "{}") for document in documents_of(store, tenant, ALIAS))
    return Groups.of_aliases({body["duplicate"]: body["into"] for body in bodies})
