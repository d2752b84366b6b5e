"""What is read from the store seldom and asked for often: remembered per tenant, for five seconds at most."""

# ruff: noqa: SLF001 -- those of a family, and of a transaction, are of one kind and know each other

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, Final, Generic, TypeVar
from weakref import ref

from attrs import frozen

from activitylog.documents import Documents, Gathered, gathered
from activitylog.storage import Document, Storage

__all__ = ["Remembered", "together"]

SECONDS: Final = 5.0
"""After so long, what another process changed is seen."""

T = TypeVar("T")


@frozen(eq=False)
class _Parts:
    """Documents that came along when another of the family read, until they are asked for."""

    at: float
    forgotten: int
    first: Mapping[str, Sequence[Document]]


class Remembered(Generic[T]):
    """What ``load`` makes of a tenant's documents of some kinds.

    What is read within a transaction is not remembered: it may be rolled back. Unless it is ``lasting``, so that there
    is no harm in that. In a host's transaction it is, by what ``within`` gives, as long as nothing is changed there.

    Those that are made ``together`` read by one call what all of them lack: a page needs most of them.
    """

    def __init__(
        self,
        storage: Storage,
        load: Callable[[Documents, str], T],
        ticks: Callable[[], float] = monotonic,
        *,
        kinds: Collection[str] = (),
        lasting: bool = False,
        outer: Remembered[T] | None = None,
    ) -> None:
        self._storage = ref(storage)  # who remembers by a store must not keep it, nor with it what is remembered
        self._load = load
        self._ticks = ticks
        self._kinds = kinds
        self._lasting = lasting
        self._outer = outer
        self._family: tuple[Remembered[Any], ...] = (self,)
        self._uncommitted: set[str] = set()
        """Tenants of which something was changed in the host's transaction."""
        self._kept: dict[str, tuple[float, T]] = {}
        self._parts: dict[str, _Parts] = {}
        self._missed: dict[str, dict[str, float]] = {}
        self._forgotten: Counter[str] = Counter()

    def within(self, storage: Storage) -> Remembered[T]:
        """Return what is known to a store that is bound to a host's transaction: this, and what is read there."""
        return Remembered(storage, self._load, self._ticks, kinds=self._kinds, outer=self)

    def of(self, store: Storage, tenant: str) -> T:
        """Return what is known of a tenant, at most five seconds old."""
        for kept in self._known(tenant):
            if kept is not None and self._is_new(kept[0]):
                return kept[1]
        parts = self._parts.pop(tenant, None)
        if parts is None or not self._is_new(parts.at) or parts.forgotten != self._forgotten[tenant]:
            parts = self._gather(store, tenant)
        found = self._load(Gathered(store, parts.first), tenant)
        return self._remember(store, tenant, found, parts.at, parts.forgotten)

    def _known(self, tenant: str) -> Iterator[tuple[float, T] | None]:
        yield self._kept.get(tenant)
        if self._outer is not None and tenant not in self._uncommitted:
            yield self._outer._kept.get(tenant)

    def _lacks(self, tenant: str) -> bool:
        return not any(kept is not None and self._is_new(kept[0]) for kept in self._known(tenant))

    def _is_new(self, at: float) -> bool:
        return self._ticks() < at + SECONDS

    def _gather(self, store: Storage, tenant: str) -> _Parts:
        """Read, by one call, what the family lacks; the others find theirs when they are asked."""
        lacking = [one for one in self._family if one is not self and one._lacks(tenant)]
        at, forgotten = self._ticks(), [one._forgotten[tenant] for one in (self, *lacking)]
        first = gathered(store, tenant, [kind for one in (self, *lacking) for kind in one._kinds])
        for one, number in zip(lacking, forgotten[1:], strict=True):
            if one._keeps(store, tenant):
                one._parts[tenant] = _Parts(at, number, first)
        return _Parts(at, forgotten[0], first)

    def fresh(self, store: Storage, tenant: str) -> T:
        """Return what the store says now."""
        at, forgotten = self._ticks(), self._forgotten[tenant]
        return self._remember(store, tenant, self._load(store, tenant), at, forgotten)

    def _remember(self, store: Storage, tenant: str, found: T, at: float, forgotten: int) -> T:
        if self._keeps(store, tenant) and forgotten == self._forgotten[tenant]:  # else it was changed while it was read
            self._kept[tenant] = at, found
        return found

    def _keeps(self, store: Storage, tenant: str) -> bool:
        return (store is self._storage() or self._lasting) and tenant not in self._uncommitted

    def missed(self, store: Storage, tenant: str, name: str) -> T:
        """Return what is to be known where a name was not: read again, but once only in the five seconds."""
        at = self._ticks()
        missed = {other: when for other, when in self._missed.get(tenant, {}).items() if at < when + SECONDS}
        if name in missed:
            return self.of(store, tenant)
        found = self.fresh(store, tenant)
        self._missed[tenant] = {**missed, name: at}
        return found

    def forget(self, store: Storage, tenant: str) -> None:
        """Ask the store again next time, and once more after what was written is committed; until then each time."""
        self._drop(tenant)
        if self._outer is not None:
            self._uncommitted.add(tenant)
        store.after_commit(lambda: self._committed(tenant))

    def _committed(self, tenant: str) -> None:
        self._uncommitted.discard(tenant)
        self._drop(tenant)
        if self._outer is not None:
            self._outer._drop(tenant)

    def _drop(self, tenant: str) -> None:
        self._forgotten[tenant] += 1
        self._kept.pop(tenant, None)
        self._parts.pop(tenant, None)
        self._missed.pop(tenant, None)


def together(*family: Remembered[Any]) -> None:
    """Have these read by one call what all of them lack."""
    for one in family:
        one._family = family
