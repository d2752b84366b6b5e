"""Loading the log as an import does it, by ``Storage.load``: chunk after chunk, with what it took."""

from __future__ import annotations

import sys
from time import perf_counter

from activitylog import ActivityLog
from benchmarks.scale.entries import CHUNK, TENANT, audiences, chunk, types

__all__ = ["begun", "load"]

_TOLD = 100_000
"""After so many entries it is told how it goes."""


def begun(url: str) -> ActivityLog:
    """Return a log in an empty database, which knows who the readers of its entries will be."""
    log = ActivityLog(url, types=types(), tenant=TENANT)
    log.migrate()
    for document in audiences():
        log.storage.put_document(document, expected_version=0)
    return log


def load(log: ActivityLog, start: int, end: int) -> float:
    """Load the entries from ``start``, the beginning of a chunk, on; return the seconds, without those to make them."""
    seconds = 0.0
    for first in range(start, end, CHUNK):
        entries = [(record, ()) for record in chunk(first // CHUNK, min(CHUNK, end - first))]
        before = perf_counter()
        log.storage.load(entries)
        seconds += perf_counter() - before
        done = first + len(entries)
        if done % _TOLD == 0:
            print(f"{done:>12,} entries, {(done - start) / seconds:,.0f} a second", file=sys.stderr, flush=True)
    return seconds
