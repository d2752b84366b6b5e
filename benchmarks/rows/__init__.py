"""The rows of the tables: what is measured, and on which stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from attrs import frozen

from benchmarks.bench import Bench
from benchmarks.measure import Row
from benchmarks.rows.bulk import bulk
from benchmarks.rows.counts import counts
from benchmarks.rows.filters import filters
from benchmarks.rows.imports import imports
from benchmarks.rows.iteration import iteration
from benchmarks.rows.live import live
from benchmarks.rows.metrics import metrics
from benchmarks.rows.page import page
from benchmarks.rows.plan import plan
from benchmarks.rows.record import keyed, record
from benchmarks.rows.search import search
from benchmarks.rows.track import flush, track
from benchmarks.rows.viewers import viewers
from benchmarks.stores import STORES

__all__ = ["ROWS", "RowKind"]

_PAGED = ("sqlite", "postgresql", "mongodb")
_MILLION = ("sqlite", "postgresql", "mysql", "mongodb")


@frozen
class RowKind:
    """A row of the tables, which may have several lines."""

    measure: Callable[[Bench], Iterator[Row]]
    stores: tuple[str, ...] = STORES

    @property
    def told(self) -> str:
        """What it measures."""
        return " ".join((self.measure.__doc__ or "").split())


ROWS: dict[str, RowKind] = {
    "record": RowKind(record),
    "keyed": RowKind(keyed),
    "bulk": RowKind(bulk),
    "page": RowKind(page, _PAGED),
    "filters": RowKind(filters, ("memory", *_MILLION)),
    "viewers": RowKind(viewers, ("memory", *_MILLION)),
    "plan": RowKind(plan, ("memory", *_MILLION)),
    "metrics": RowKind(metrics, _MILLION),
    "counts": RowKind(counts, _MILLION),
    "iteration": RowKind(iteration, _PAGED),
    "search": RowKind(search, ("postgresql",)),
    "track": RowKind(track, ("postgresql",)),
    "flush": RowKind(flush, ("postgresql",)),
    "live": RowKind(live, ("sqlite", "postgresql")),
    "import": RowKind(imports, ("sqlite",)),
}
