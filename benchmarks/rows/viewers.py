"""What a page costs for somebody who may see all of a subject's entries, half, or 1 %."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from activitylog import ActivityLog, Draft, TypeRegistry, Viewer
from benchmarks.bench import Bench
from benchmarks.contender import PAGE
from benchmarks.facts import KIM, LEA, NOTE, START
from benchmarks.measure import Row, Work, compare

__all__ = ["viewers"]

CHUNK, PAGES, TYPES = 1_000, 50, 40
GROUPS = {"all": ("group:rest", "group:half", "group:few"), "half": ("group:half",), "1 %": ("group:few",)}


def viewers(bench: Bench) -> Iterator[Row]:
    """The newest twenty of a subject for a viewer; beside it the same page without a viewer.

    A third of the entries are of a type with a permission, which viewers have, or see them redacted.
    """
    log = ActivityLog(bench.store.new(), types=_types(), actor=LEA)
    log.migrate()
    chance = Random(1)
    for start in range(0, bench.size.subject, CHUNK):
        bench.tell(f"{start:,} of {bench.size.subject:,}")
        log.record_many(_draft(number, chance) for number in range(start, start + CHUNK))
    bench.store.settle()
    asked = {
        f"viewer of {share}{', a third redacted' if not permissions else ''}": Viewer(groups, permissions=permissions)
        for share, groups in GROUPS.items()
        for permissions in (("mail.read",), ())
    }
    contenders = {name: _pages(log.visible_to(viewer)) for name, viewer in asked.items()}
    found = compare({"nobody": _pages(log), **contenders}, operations=PAGES, rounds=bench.rounds)
    log.close()
    without = found.pop("nobody")
    for name, limited in found.items():
        yield Row(name, limited, without, beside="no viewer")


def _types() -> TypeRegistry:
    types = TypeRegistry()
    types.define("mail", permission="mail.read")
    for number in range(TYPES):
        types.define(f"type{number}", manual=True)
    return types


def _draft(number: int, chance: Random) -> Draft:
    lot = chance.random()
    group = "few" if lot < 0.01 else "half" if lot < 0.5 else "rest"
    what = "mail" if number % 3 == 0 else f"type{number % TYPES}"
    return Draft(what, KIM, note=NOTE, readers=f"group:{group}", occurred_at=START + timedelta(minutes=number))


def _pages(log: ActivityLog) -> Work:
    timeline = log.timeline(KIM)

    def run() -> None:
        for _ in range(PAGES):
            timeline.page(PAGE)

    return run
