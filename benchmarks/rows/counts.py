"""Counts of a tenant's million."""

from __future__ import annotations

from collections.abc import Iterator

from activitylog import ActivityLog
from benchmarks.bench import Bench
from benchmarks.facts import TENANT
from benchmarks.measure import Row, Work, compare
from benchmarks.rows.million import million

__all__ = ["counts"]


def counts(bench: Bench) -> Iterator[Row]:
    """``count_by("type", "week")`` of all entries of a tenant; beside it the query by hand."""
    log = ActivityLog(url := million(bench), tenant=TENANT)
    everything = log.everything()
    works: dict[str, Work] = {"library": lambda: everything.count_by("type", "week")}
    floor = bench.store.floor and bench.store.floor(url)
    if floor:
        works["floor"] = lambda: floor.types_by_week(TENANT)
        if len(floor.types_by_week(TENANT)) != len(everything.count_by("type", "week")):
            raise ValueError("the query by hand counts something else")
    bench.tell("counts")
    found = compare(works, operations=1_000, rounds=bench.rounds)
    log.close()
    if floor:
        floor.close()
    name = f'count_by("type", "week") of {bench.size.million:,}'
    yield Row(name, found["library"], found.get("floor"), unit="ms", beside="query by hand")
