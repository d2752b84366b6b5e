"""What is measured of a log of one size: its bytes, and its reads beside those of the raw driver."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from activitylog import ActivityLog
from benchmarks.measure import Timing, Work, compare
from benchmarks.scale.caches import from_disk
from benchmarks.scale.entries import CHUNK
from benchmarks.scale.load import load
from benchmarks.scale.raw import Raw
from benchmarks.scale.reads import Read, reads

__all__ = ["FROM_DISK", "measured", "timed"]

FROM_DISK = "newest 20 of a customer, from disk"
_ROUND = 0.02
"""Seconds that a round of a contender takes at least, unless one operation takes longer."""
_OPERATIONS = 20
_LONG, _VERY_LONG = 1.0, 10.0
"""Seconds of an operation, from which on there are fewer rounds of it, and one only."""


def measured(log: ActivityLog, raw: Raw, entries: int, folder: Path, *, rounds: int) -> dict[str, Any]:
    """Measure a log of so many entries, whose files are in the folder, and leave it as it was."""
    raw.tidy()
    found: dict[str, Any] = {"bytes": raw.sizes(), "reads": {}}
    for read in reads(log, raw, entries):
        _show(read.name)
        found["reads"][read.name] = told(timed(read, rounds))
    load(log, 0, min(entries, CHUNK))  # what was purged
    if hasattr(os, "posix_fadvise") and any(folder.iterdir()):
        _show(FROM_DISK)
        found["reads"][FROM_DISK] = told(from_disk(log, raw, folder))
    _show("")
    return found


def timed(read: Read, rounds: int) -> Mapping[str, Timing]:
    """Time the work of a row in interleaved rounds: of what takes a second there are three, of ten seconds one."""
    read.check()  # opens connections too, and fetches from the disk: the first read tells nothing of the others
    took = _seconds(read.log)
    if took > _VERY_LONG:
        return {"library": Timing.of([took * 1e6]), "floor": Timing.of([_seconds(read.raw) * 1e6])}
    operations = 1 if read.uses_up else max(1, min(_OPERATIONS, int(_ROUND / took)))
    contenders = {"library": _repeated(read.log, operations), "floor": _repeated(read.raw, operations)}
    return compare(contenders, operations=operations, rounds=min(rounds, 3) if took > _LONG else rounds)


def _seconds(work: Work) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def told(times: Mapping[str, Timing]) -> dict[str, list[float]]:
    """Return times as they are kept: the median, the least and the most, in microseconds."""
    return {name: [round(time.median, 1), round(time.low, 1), round(time.high, 1)] for name, time in times.items()}


def _repeated(work: Work, times: int) -> Work:
    def run() -> None:
        for _ in range(times):
            work()

    return run


def _show(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{what:<78}", end="", file=sys.stderr, flush=True)
