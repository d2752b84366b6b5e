"""What is read from the store seldom and asked for often: remembered per tenant, for five seconds at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final, Generic, TypeVar

from activitylog.storage import Storage

__all__ = ["Remembered"]

SECONDS: Final = 5.0
"""After so long, what another process changed is seen."""

T = TypeVar("T")


class Remembered(Generic[T]):
    """What ``load`` reads of each tenant of a store.

    What is read within a transaction is not remembered: it may be rolled back. Unless it is ``lasting``, so that there
    is no harm in that. In a host's transaction it is, by what ``within`` gives, as long as nothing is changed there.
    """

    def __init__(
        self,
        storage: Storage,
        load: Callable[[Storage, str], T],
        ticks: Callable[[], float] = monotonic,
        *,
        lasting: bool = False,
        outer: Remembered[T] | None = None,
    ) -> None:
        self._storage = storage
        self._load = load
        self._ticks = ticks
        self._lasting = lasting
        self._outer = outer
        self._uncommitted: set[str] = set()
        """Tenants of which something was changed in the host's transaction."""
        self._kept: dict[str, tuple[float, T]] = {}
        self._missed: dict[str, dict[str, float]] = {}
        self._forgotten: Counter[str] = Counter()

    def within(self, storage: Storage) -> Remembered[T]:
        """Return what is known to a store that is bound to a host's transaction: this, and what is read there."""
        return Remembered(storage, self._load, self._ticks, outer=self)

    def of(self, store: Storage, tenant: str) -> T:
        """Return what is known of a tenant, at most five seconds old."""
        for kept in self._known(tenant):
            if kept is not None and self._ticks() < kept[0] + SECONDS:
                return kept[1]
        return self.fresh(store, tenant)

    def _known(self, tenant: str) -> Iterator[tuple[float, T] | None]:
        yield self._kept.get(tenant)
        if self._outer is not None and tenant not in self._uncommitted:
            yield self._outer._kept.get(tenant)  # noqa: SLF001 -- one of its own kind

    def fresh(self, store: Storage, tenant: str) -> T:
        """Return what the store says now."""
        at, forgotten = self._ticks(), self._forgotten[tenant]
        found = self._load(store, tenant)
        kept = (store is self._storage or self._lasting) and tenant not in self._uncommitted
        if kept and forgotten == self._forgotten[tenant]:  # else it was changed while it was read
            self._kept[tenant] = at, found
        return found

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
            self._outer._drop(tenant)  # noqa: SLF001 -- one of its own kind

    def _drop(self, tenant: str) -> None:
        self._forgotten[tenant] += 1
        self._kept.pop(tenant, None)
        self._missed.pop(tenant, None)
