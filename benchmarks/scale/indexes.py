"""What each index is good for, and what it costs: its read and a write with it and without it, and its bytes."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count, islice
from statistics import median
from time import perf_counter
from typing import Any

from activitylog import ActivityLog
from activitylog.storage import Record
from benchmarks.measure import Work, clocked
from benchmarks.scale.entries import (
    ACTOR,
    BATCH,
    CHUNK,
    LARGEST,
    STATUS,
    TYPE,
    audience_of_viewer,
    chunk,
    recorded,
)
from benchmarks.scale.raw import Asked, Raw

__all__ = ["weighed"]

_AT_ONCE = 2_000
"""Entries that are appended at once, unless the log is small."""
_READS = 20
_NAMES = {
    "links_pkey": "link",
    "entries_id": "id",
    "entries_occurred": "time",
    "entries_recorded": "arrival",
    **{f"entries_{name}": name for name in ("actor", "assignee", "batch", "conversation", "key")},
}
"""The names of docs/reads.md; MongoDB's indexes have them."""


def weighed(log: ActivityLog, raw: Raw, entries: int, *, rounds: int) -> dict[str, Any]:
    """Drop each index of a log of so many entries in turn, and make it again; the log grows meanwhile.

    Both reads are the raw driver's: the log may name the index that it wants.
    """
    raw.tidy()
    served, sizes, found = _served(raw, entries), raw.sizes(), {}
    later = chain.from_iterable(map(chunk, count(-(-entries // CHUNK))))
    batches = iter(lambda: list(islice(later, min(_AT_ONCE, entries // 50))), [])
    for index, again in raw.indexes().items():
        name = _NAMES.get(index.removeprefix("activitylog_"), index)
        if name in served:
            what, read = served[name]
            print(f"{name} …", file=sys.stderr, flush=True)
            size = sizes.get(index) or sizes.get(f"index {index}", 0)
            times = _with_and_without(log, raw, (index, again), read, batches, rounds)
            found[name] = {"serves": what, "bytes": size, "entries": entries, **times}
    return found


def _served(raw: Raw, entries: int) -> Mapping[str, tuple[str, Work]]:
    """Return what each index serves; those of versions and documents are the keys of their tables."""
    entry, since = chunk(0, 1)[0], recorded(entries - 20)
    pages = {
        "link": ("newest 20 of a subject", Asked(str(LARGEST))),
        "audience": ("the same for a viewer", Asked(str(LARGEST), {"audience": audience_of_viewer()})),
        "link_type": ("the same of a type", Asked(str(LARGEST), {"type": TYPE})),
        "link_actor": ("the same by an actor", Asked(str(LARGEST), {"actor": str(ACTOR.ref)})),
        "link_status": ("the same of a status", Asked(str(LARGEST), {"status": STATUS})),
        "time": ("newest 20 of the tenant", Asked()),
        "actor": ("newest 20 by an actor", Asked(where={"actor": str(ACTOR.ref)})),
        "batch": ("newest 20 of a batch", Asked(where={"batch": str(BATCH)})),
        "conversation": ("a conversation", Asked(where={"conversation": "0@example.com"})),
        "assignee": (
            "what an assignee has to do first",
            Asked(where={"assignee": str(ACTOR.ref)}, order="due_at", newest_first=False),
        ),
    }
    return {
        **{name: (what, _page(raw, asked)) for name, (what, asked) in pages.items()},
        "arrival": ("20 entries that have arrived", lambda: raw.arrived(since, 100)),
        "id": ("one entry by its id", lambda: raw.get(entry.id)),
        "key": ("one entry by its idempotency key", lambda: raw.by_key("mail:1@example.com")),
        "pending": ("the entries of an open batch", lambda: raw.pending(BATCH)),
    }


def _page(raw: Raw, asked: Asked) -> Work:
    return lambda: raw.page(asked)


def _with_and_without(
    log: ActivityLog, raw: Raw, index: tuple[str, Any], read: Work, batches: Iterator[list[Record]], rounds: int
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for state in ("", " without"):
            if state:
                raw.drop(index[0])
            measured = {"read": _read(read, 1 if state else _READS), **_appended(log, raw, next(batches))}
            if number:  # the first round warms up
                for what, amount in measured.items():
                    found[what + state].append(amount)
        raw.create(*index)
    return {what: [round(sort(of), 1) for sort in (median, min, max)] for what, of in found.items()}


def _read(read: Work, times: int) -> float:
    """Read some times, after once to warm up; return the microseconds of one."""
    read()
    begun = perf_counter()
    for _ in range(times):
        read()
    return (perf_counter() - begun) / times * 1e6


def _appended(log: ActivityLog, raw: Raw, batch: Sequence[Record]) -> dict[str, float]:
    """Append a batch; return the microseconds of an entry, and the bytes that are written for it."""
    took: list[float] = []
    written = raw.written(lambda: took.append(clocked(lambda: log.storage.append(batch), len(batch))))
    return {"append": took[0], "written": written / len(batch)}
