"""Searches: in one subject's entries, and in a tenant's million by the search index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from activitylog import Activity, ActivityLog, Timeline
from benchmarks.bench import Bench
from benchmarks.contender import PAGE
from benchmarks.facts import KIM, TENANT
from benchmarks.measure import Row, Work, clocked, compare
from benchmarks.postgresql_floor import PostgreSQLFloor
from benchmarks.rows.million import million, word

__all__ = ["search"]

_RARE, _SOME, _OFTEN = word(4_800), word(300), word(3)


def search(bench: Bench) -> Iterator[Row]:
    """The newest twenty hits, in ms; beside them the quicker one of two queries by hand.

    These go over the subject's links, or back in time, and by the same index.
    """
    log, floor = ActivityLog(url := million(bench), tenant=TENANT), PostgreSQLFloor(url)
    bench.tell("makes the search index")
    log.migrate(search_index=True)
    bench.store.settle()
    kim, everything, number = log.timeline(KIM), log.everything(), bench.size.million
    asked: dict[str, tuple[Work, Work]] = {
        f"{told} in a subject's {number // 50:,}": (
            partial(_page, kim, text),
            _quicker(floor.searches(TENANT, str(KIM), text, PAGE)),
        )
        for told, text in (
            ("a rare word", _RARE),
            ("a middling word", _SOME),
            ("a frequent word", _OFTEN),
            ("a word of nobody", "xylophone"),
        )
    }
    for told, text in (
        ("a rare word", _RARE),
        ("a middling word", _SOME),
        ("a frequent word", _OFTEN),
        ("two words", f"{_SOME} {_OFTEN}"),
    ):
        by_hand = _quicker(floor.searches_of_tenant(TENANT, text.split(), PAGE))
        asked[f"{told} in a tenant's {number:,}"] = partial(_page, everything, text), by_hand
    for name, (by_library, driver) in asked.items():
        bench.tell(name)
        found = compare({"library": by_library, "floor": driver}, operations=1_000, rounds=bench.rounds)
        yield Row(name, found["library"], found["floor"], unit="ms", beside="query by hand")
    log.migrate(search_index=False)
    floor.close()
    log.close()


def _quicker(works: Iterable[Work]) -> Work:
    """Return the work that is done sooner, each having been done before."""

    def time(work: Work) -> float:
        work()
        return clocked(work, 1)

    return min(works, key=time)


def _page(timeline: Timeline[Activity], text: str) -> object:
    return timeline.filter(search=text).page(PAGE)
