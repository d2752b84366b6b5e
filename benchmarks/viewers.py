"""The row of viewers: what a page costs for somebody who may see all of a subject's entries, half, or 1 %."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from activitylog import ActivityLog, Actor, Draft, Ref, TypeRegistry, Viewer
from benchmarks.measure import Row, Work, compare
from benchmarks.stores import Store

__all__ = ["viewers"]

ENTRIES, CHUNK, PAGES, TYPES = 20_000, 1_000, 50, 40
KIM = Ref("contact", 42, "Kim Weber")
START = datetime(2026, 1, 1, tzinfo=UTC)
NOTE = "Asked for a quote for the second half of the year"
GROUPS = {"all": ("group:rest", "group:half", "group:few"), "half": ("group:half",), "1 %": ("group:few",)}


def viewers(store: Store, rounds: int) -> Iterator[Row]:
    """The newest twenty of a subject with 20,000 entries; beside it stands the same page without a viewer.

    A third of the entries are of a type with a permission, which viewers have, or see them redacted.
    """
    log = ActivityLog(store.new(), types=_types(), actor=Actor.user(3, "Lea Müller"))
    log.migrate()
    chance = Random(1)
    for start in range(0, ENTRIES, CHUNK):
        log.record_many(_draft(number, chance) for number in range(start, start + CHUNK))
    asked = {
        f"{share}{', a third redacted' if not permissions else ''}": Viewer(groups, permissions=permissions)
        for share, groups in GROUPS.items()
        for permissions in (("mail.read",), ())
    }
    contenders = {name: _pages(log.visible_to(viewer)) for name, viewer in asked.items()}
    found = compare({"nobody": _pages(log), **contenders}, operations=PAGES, rounds=rounds)
    log.close()
    without = found.pop("nobody")
    for name, limited in found.items():
        yield Row(f"page for a viewer of {name} (beside no viewer), {store.title}", limited, without)


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
            timeline.page(20)

    return run
