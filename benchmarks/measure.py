"""Interleaved rounds: noise that comes and goes hits every contender alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import Self

from attrs import field, frozen

__all__ = ["Row", "Timing", "Work", "clocked", "compare", "repeated"]

Work = Callable[[], object]


@frozen
class Timing:
    """One operation: the median of the rounds, and the quickest and slowest of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, times: Sequence[float]) -> Self:
        """Return the timing of some rounds."""
        return cls(median(times), min(times), max(times))

    def less(self, what: float) -> Self:
        """Return what an operation takes beyond something."""
        return type(self)(self.median - what, self.low - what, self.high - what)


@frozen
class Row:
    """One measured row: the library, its floor, and others, in microseconds per operation or in another unit."""

    name: str
    library: Timing
    floor: Timing | None = None
    peers: Mapping[str, Timing] = field(factory=dict)
    unit: str = field(default="µs", kw_only=True)
    beside: str = field(default="raw driver", kw_only=True)
    """What the floor is."""

    @property
    def ratio(self) -> float | None:
        """How many times the floor the library takes."""
        return self.times(self.library)

    def times(self, timing: Timing) -> float | None:
        """Return how many times the floor one takes; a floor that is lost in the noise is none."""
        return None if self.floor is None or self.floor.median <= 0 else timing.median / self.floor.median


def clocked(work: Work, operations: int) -> float:
    """Do work that consists of so many operations; return the microseconds that one takes."""
    gc.collect()
    start = perf_counter()
    work()
    return (perf_counter() - start) / operations * 1e6


def repeated(work: Work, *, at_most: int = 200, seconds: float = 0.3) -> float:
    """Do one operation again and again, until there were so many or the time is over; return likewise."""
    gc.collect()
    start = now = perf_counter()
    done = 0
    while done < at_most and now < start + seconds:
        work()
        done += 1
        now = perf_counter()
    return (now - start) / done * 1e6


def compare(contenders: Mapping[str, Work], *, operations: int, rounds: int) -> dict[str, Timing]:
    """Run each contender once to warm up, then in turn, ``rounds`` times; each run does ``operations``."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for work in contenders.values():
        work()
    for _ in range(rounds):
        for name, work in contenders.items():
            times[name].append(clocked(work, operations))
    return {name: Timing.of(found) for name, found in times.items()}
