"""One durable entry after the other."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.facts import ACME, DEAL, KIM, Fact
from benchmarks.measure import Row
from benchmarks.steps import singles
from benchmarks.workers import contest

__all__ = ["keyed", "record"]


def record(bench: Bench) -> Iterator[Row]:
    """One durable entry, of one subject."""
    with contest(bench.contenders("record"), bench.tell) as contenders:
        found = contenders.race(singles, bench.singles, Fact((KIM,)), rounds=bench.rounds)
    yield bench.row("one entry", found)


def keyed(bench: Bench) -> Iterator[Row]:
    """One durable entry with an idempotency key, of three subjects. Packages that have neither are not in it."""
    with contest(bench.contenders("keyed"), bench.tell) as contenders:
        found = contenders.race(singles, bench.singles, Fact((KIM, ACME, DEAL), key=""), rounds=bench.rounds)
    yield bench.row("one entry with a key, 3 subjects", found)
