"""Filters that match 1 % of a subject's entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from activitylog import Activity, Actor, Draft, Ref, Timeline, Viewer
from benchmarks.bench import Bench
from benchmarks.contender import PAGE
from benchmarks.facts import KIM, LEA, NOTE, START
from benchmarks.library import Library
from benchmarks.measure import Row, Work, compare

__all__ = ["filters"]

ANN = Actor.user(4, "Ann Baker")
_OTHERS, _PAGES = 4, 50


def filters(bench: Bench) -> Iterator[Row]:
    """The newest twenty of those of a subject's entries that a filter matches, 1 %; beside it the page without."""
    library = Library(bench.store.new())
    log = library.log
    for start in range(0, bench.size.subject, 1_000):
        bench.tell(f"{start:,} of {bench.size.subject:,}")
        log.record_many(draft for number in range(start, start + 1_000) for draft in _drafts(number))
    bench.store.settle()
    timeline = log.timeline(KIM)
    asked = {
        "no filter": timeline,
        "type": timeline.filter(types="call"),
        "actor": timeline.filter(actor=ANN),
        "status": timeline.filter(status="open"),
        "viewer": log.visible_to(Viewer(["group:few"])).timeline(KIM),
    }
    works = {name: _pages(each) for name, each in asked.items()}
    found = compare(works, operations=_PAGES, rounds=bench.rounds)
    library.close()
    without = found.pop("no filter")
    for name, timing in found.items():
        yield Row(f"{name}, 1 % of {bench.size.subject:,}", timing, without, beside="no filter")


def _drafts(number: int) -> Iterator[Draft]:
    """Yield one of Kim's, and some of others; each hundredth of hers differs in type, another in actor, and so on."""
    at, place = START + timedelta(minutes=number), number % 100
    yield Draft(
        "call" if place == 0 else "task",
        KIM,
        note=NOTE,
        occurred_at=at,
        actor=ANN if place == 25 else LEA,
        status="" if place == 0 else "open" if place == 50 else "done",
        readers="group:few" if place == 75 else "group:rest",
    )
    for other in range(_OTHERS):
        yield Draft("call", Ref("contact", 100 + (number * _OTHERS + other) % 997), note=NOTE, occurred_at=at)


def _pages(timeline: Timeline[Activity]) -> Work:
    def run() -> None:
        for _ in range(_PAGES):
            timeline.page(PAGE)

    return run
