"""What a row is given: a store, how often and how much to measure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from attrs import field, frozen

from benchmarks.ideal import IDEAL, NAME
from benchmarks.library import Library
from benchmarks.measure import Row, Timing
from benchmarks.peers import PEERS, installed, made
from benchmarks.raw_driver import RawDriver
from benchmarks.stores import Store

__all__ = ["FULL", "QUICK", "Bench", "Size"]

_LIBRARY, _FLOOR = "activitylog", "raw driver"


@frozen
class Size:
    """How much is measured."""

    singles: int = 300
    """Entries that are written one after the other in each round."""
    bulk: int = 10_000
    entries: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    """Sizes of the log at which pages are read."""
    subject: int = 20_000
    """Entries of one subject, where filters and viewers are measured."""
    million: int = 1_000_000
    """Entries of a tenant, where metrics, counts and searches are measured."""
    saves: int = 50
    """Saves of tracked objects in each round."""


FULL = Size()
QUICK = Size(singles=20, bulk=500, entries=(1_000,), subject=1_000, million=5_000, saves=10)


@frozen
class Bench:
    """A row is measured on this store, in so many rounds."""

    name: str
    """The store's, as the command line has it."""
    store: Store
    rounds: int
    size: Size = FULL
    peers: bool = True
    tell: Callable[[str], None] = field(default=lambda _: None)
    """Takes what goes on, for the progress bar."""
    kept: dict[str, str] = field(factory=dict)
    """URLs of databases that rows share, by what is in them."""

    @property
    def singles(self) -> int:
        """Entries written one after the other in a round; in memory more, where a few hundred take milliseconds."""
        return self.size.singles * (10 if self.name == "memory" else 1)

    def contenders(self, row: str) -> dict[str, Callable[[], Any]]:
        """Return who takes part in a row, each on a database of its own; the floor is on the library's."""
        url = self.store.new()
        makers: dict[str, Callable[[], Any]] = {_LIBRARY: partial(Library, url)}
        if self.store.floor:
            makers[_FLOOR] = partial(RawDriver, self.store.floor, url)
        if self.name in IDEAL:
            makers[NAME] = partial(made, IDEAL[self.name], self.store.new())
        if self.peers:
            for peer in PEERS:
                if row in peer.rows and self.name in peer.stores and installed(peer.package):
                    makers[peer.name] = partial(made, peer.contender, self.store.new())
        return makers

    def row(self, name: str, found: dict[str, Timing]) -> Row:
        """Return the row of the contenders' times."""
        others = {who: timing for who, timing in found.items() if who not in {_LIBRARY, _FLOOR}}
        return Row(name, found[_LIBRARY], found.get(_FLOOR), others)
