"""Many entries at once."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.measure import Row
from benchmarks.steps import batch
from benchmarks.workers import contest

__all__ = ["bulk"]


def bulk(bench: Bench) -> Iterator[Row]:
    """Many entries in one transaction, per entry. For pghistory the rows of its model are written too."""
    with contest(bench.contenders("bulk"), bench.tell) as contenders:
        found = contenders.race(batch, bench.size.bulk, rounds=bench.rounds)
    yield bench.row(f"{bench.size.bulk:,} entries, each", found)
