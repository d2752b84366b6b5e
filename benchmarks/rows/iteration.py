"""What memory it takes to go through a whole log."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.facts import TENANT
from benchmarks.measure import Row
from benchmarks.rows.memory import peak
from benchmarks.rows.million import million

__all__ = ["iteration"]


def iteration(bench: Bench) -> Iterator[Row]:
    """The peak of a process that iterates over all entries, above what the import of the library takes."""
    url = million(bench)
    bench.tell("iterates")
    yield Row(f"memory, iterating {bench.size.million:,}", peak(_ALL, url, TENANT, rounds=1), unit="MB")


_ALL = """
for activity in log.everything():
    pass
"""
