"""What a log remembers of its tenants, and how: outside of transactions, and within each of a host's."""

from __future__ import annotations

from weakref import ReferenceType, WeakKeyDictionary, ref

from attrs import field, frozen

from activitylog.aliases import ALIAS, Aliases, stored_groups
from activitylog.audiences import Audiences
from activitylog.catalog import CustomTypes
from activitylog.custom_types import TYPE, custom_types
from activitylog.holds import HOLD
from activitylog.keeping import RULE, Keepings, stored_keeping
from activitylog.remembered import together
from activitylog.storage import Storage

__all__ = ["Memory"]


@frozen(eq=False)
class Memory:
    """What is known of the tenants of one store: a page needs all of it, and reads together what it lacks."""

    _storage: ReferenceType[Storage]
    audiences: Audiences
    aliases: Aliases
    keepings: Keepings
    custom_types: CustomTypes
    _within: WeakKeyDictionary[Storage, Memory] = field(factory=WeakKeyDictionary, init=False)

    def __attrs_post_init__(self) -> None:
        together(self.audiences.remembered, self.aliases, self.keepings, self.custom_types)

    @classmethod
    def of(cls, storage: Storage) -> Memory:
        """Return the memory of a store, of which nothing is known yet."""
        return cls(
            ref(storage),
            Audiences(storage),
            Aliases(storage, stored_groups, kinds=(ALIAS,)),
            Keepings(storage, stored_keeping, kinds=(RULE, HOLD)),
            CustomTypes(storage, custom_types, kinds=(TYPE,)),
        )

    def within(self, storage: Storage) -> Memory:
        """Return the memory of a store that is bound to a host's transaction; for each store it is one and the same."""
        if storage is self._storage():
            return self
        found = self._within.get(storage)
        if found is None:
            parts = (self.audiences, self.aliases, self.keepings, self.custom_types)
            found = self._within[storage] = Memory(ref(storage), *(part.within(storage) for part in parts))  # type: ignore[arg-type] # each in its place
        return found
