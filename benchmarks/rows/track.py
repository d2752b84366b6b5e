"""What a save costs more when somebody watches the object."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec

from benchmarks.bench import Bench
from benchmarks.measure import Row, Timing
from benchmarks.tracking.django_saves import APPS, DjangoSaves, let_prepare, saves
from benchmarks.tracking.session_saves import SessionSaves, flushes
from benchmarks.workers import contest

__all__ = ["flush", "track"]

_TRIGGER = "pghistory"


def track(bench: Bench) -> Iterator[Row]:
    """What saving a Django model costs more with ``@track``; beside it the trigger of pghistory, which is no Python."""
    there = [name for name, apps in APPS.items() if bench.peers and all(map(find_spec, apps))]
    watchers = dict.fromkeys(("nobody", "activitylog", *there))
    makers = {name: partial(DjangoSaves, name, bench.size.saves, bench.store.new()) for name in watchers}
    with contest(makers, bench.tell) as contenders:
        for told, atomic in (("in one transaction", True), ("each in its own", False)):
            found = contenders.race(saves, atomic, rounds=bench.rounds)
            yield _beyond(f"a save of a Django model, {told}", found, beside=_TRIGGER)
        contenders.prepare(let_prepare)
        found = contenders.race(saves, True, rounds=bench.rounds)
        yield _beyond("a save of a Django model, in one transaction, statements prepared", found, beside=_TRIGGER)


def flush(bench: Bench) -> Iterator[Row]:
    """What flushing a change of a SQLAlchemy object costs more with ``track_changes``, in one transaction."""
    watchers = ["nobody", "activitylog", *(["continuum"] if bench.peers and find_spec("sqlalchemy_continuum") else [])]
    makers = {name: partial(SessionSaves, name, bench.size.saves, bench.store.new()) for name in watchers}
    with contest(makers, bench.tell) as contenders:
        found = contenders.race(flushes, rounds=bench.rounds)
    yield _beyond("a flush of a SQLAlchemy object", found)


def _beyond(name: str, found: dict[str, Timing], *, beside: str = "") -> Row:
    plain = found.pop("nobody").median
    more = {watcher.replace("_", "-"): timing.less(plain) for watcher, timing in found.items()}
    library, floor = more.pop("activitylog"), more.pop(beside, None)
    return Row(f"{name}: {plain:,.0f} µs, and more", library, floor, more, beside=beside)
