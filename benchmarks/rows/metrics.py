"""Metrics of a tenant's million, beside the best query by hand, and what memory a process takes."""

from __future__ import annotations

from collections.abc import Iterator

from activitylog import ActivityLog
from benchmarks.bench import Bench
from benchmarks.facts import TENANT
from benchmarks.measure import Row, Work, compare
from benchmarks.rows.memory import peak
from benchmarks.rows.million import million

__all__ = ["metrics"]


def metrics(bench: Bench) -> Iterator[Row]:
    """``volume`` by week, per entry, and ``response_times``, per gap, at most three rounds of each.

    By hand the server averages the gaps; the library gives their median and the ninth tenth.
    """
    log = ActivityLog(url := million(bench), tenant=TENANT)
    found = log.everything().metrics()
    [row] = found.response_times()
    gaps = row.answered + row.unanswered
    floor = bench.store.floor and bench.store.floor(url)
    contenders: dict[str, tuple[int, dict[str, Work]]] = {
        f"volume by week of {bench.size.million:,}": (bench.size.million, {"library": lambda: found.volume("week")}),
        f"response_times of {gaps:,} gaps": (gaps, {"library": found.response_times}),
    }
    if floor:
        by_hand: tuple[Work, Work] = (lambda: floor.weeks(TENANT), lambda: floor.waits(TENANT))
        for (_, works), work in zip(contenders.values(), by_hand, strict=True):
            works["floor"] = work
    for name, (operations, works) in contenders.items():
        bench.tell(name)
        times = compare(works, operations=operations, rounds=min(bench.rounds, 3))
        yield Row(name, times["library"], times.get("floor"), beside="query by hand")
    if floor:
        floor.close()
    log.close()
    yield Row("memory of a process that asks for both", peak(_BOTH, url, TENANT, rounds=1), unit="MB")


_BOTH = """
found = log.everything().metrics()
found.volume("week")
found.response_times("actor")
"""
