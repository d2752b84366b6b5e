"""Pages of twenty entries: the newest, a deep one, and those of somebody silent, while the log grows."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.contender import PAGE
from benchmarks.facts import KIM, SILENT
from benchmarks.measure import Row
from benchmarks.steps import load, read
from benchmarks.workers import contest

__all__ = ["page"]


def page(bench: Bench) -> Iterator[Row]:
    """The newest twenty of one who has much, about 1,250, 12,500 and 21,500 entries; page 500 of these, or the last.

    And the newest twenty of one who was silent for years, with 25 before all others'. A thousand others share the rest.
    """
    with contest(bench.contenders("page"), bench.tell) as contenders:
        before = 0
        for entries in bench.size.entries:
            contenders.prepare(load, before, entries)
            bench.store.settle()
            before = entries
            deep = min(500, entries // 8 // PAGE)  # there are so many, and no more in the smallest log
            for name, subject, number in (("newest 20", KIM, 1), (f"page {deep}", KIM, deep), ("silent", SILENT, 1)):
                found = contenders.race(read, subject, number, rounds=bench.rounds)
                yield bench.row(f"{name} of {entries:,}", found)
