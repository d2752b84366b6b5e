"""Pages from disk: what the system has of a store's files in memory is dropped before each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from time import perf_counter

from activitylog import ActivityLog
from benchmarks.measure import Timing
from benchmarks.scale.entries import customers
from benchmarks.scale.raw import Asked, Raw

__all__ = ["from_disk"]

_PAGES = 15


def from_disk(log: ActivityLog, raw: Raw, folder: Path) -> Mapping[str, Timing]:
    """Time the newest twenty of some customers, each another; a server keeps what is in its own cache."""
    contenders = {"library": lambda ref: log.timeline(ref).page(20), "floor": lambda ref: raw.page(Asked(str(ref)))}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    asked = islice(customers(), 3_000, None)
    for _ in range(_PAGES):
        for name, read in contenders.items():
            customer = next(asked)
            _drop(folder)
            begun = perf_counter()
            read(customer)
            times[name].append((perf_counter() - begun) * 1e6)
    ordered = {name: sorted(found) for name, found in times.items()}
    return {name: Timing(found[_PAGES // 2], found[0], found[-1]) for name, found in ordered.items()}


def _drop(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file() and file.stat().st_size:
            number = os.open(file, os.O_RDONLY)
            os.fsync(number)
            os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(number)
