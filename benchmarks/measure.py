"""Interleaved rounds: noise that comes and goes hits every contender alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

from attrs import frozen

Work = Callable[[], None]


@frozen
class Timing:
    """Microseconds per operation: the median of the rounds, and the quickest and slowest of them."""

    median: float
    low: float
    high: float


@frozen
class Row:
    """One measured row: the library and its floor, in microseconds per operation."""

    name: str
    library: Timing
    floor: Timing | None

    @property
    def ratio(self) -> float | None:
        """How many times the floor the library takes."""
        return None if self.floor is None else self.library.median / self.floor.median


def compare(contenders: Mapping[str, Work], *, operations: int, rounds: int) -> dict[str, Timing]:
    """Run each contender once to warm up, then in turn, ``rounds`` times; each run does ``operations``."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for work in contenders.values():
        work()
    for _ in range(rounds):
        for name, work in contenders.items():
            gc.collect()
            start = perf_counter()
            work()
            times[name].append((perf_counter() - start) / operations * 1e6)
    return {name: Timing(median(found), min(found), max(found)) for name, found in times.items()}
