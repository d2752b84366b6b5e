"""What the library is to reach in its rows, and whether it does: a table that shows what is missed like the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import frozen

from benchmarks.measure import Row
from benchmarks.report.tables import figure
from benchmarks.results import Result

__all__ = ["targets"]

_TRIGGER = "pghistory"
"""It is no Python, and stands apart."""


@frozen
class _Target:
    """At most this much, in all lines of a row on a store whose names have that within."""

    row: str
    store: str
    most: float
    told: str
    """What is measured, for the table."""
    of: Callable[[Row], float | None]
    unit: str = "×"
    within: str = ""

    def lines(self, results: Mapping[tuple[str, str], Result]) -> Iterator[tuple[Row, float]]:
        """Yield the lines that it is about, each with what it came to."""
        result = results.get((self.row, self.store))
        for line in result.lines if result else ():
            found = self.of(line) if self.within in line.name else None
            if found is not None:
                yield line, found


def targets(found: Sequence[Result]) -> str:
    """Return the table: each target beside the worst of its lines."""
    results = {(result.row, result.store): result for result in found}
    lines = ["| | at most | measured | |", "| --- | ---: | ---: | --- |"]
    for target in _TARGETS:
        measured = sorted(target.lines(results), key=lambda each: each[1])
        if measured:
            worst = measured[-1][1]
            missed = [line.name for line, value in measured if value > target.most]
            span = figure(worst) if len(measured) == 1 else f"{figure(measured[0][1])} to {figure(worst)}"
            verdict = "reached" if not missed else "**missed**"
            if missed and len(measured) > 1:
                verdict += f" in {len(missed)} of {len(measured)}"
            title = results[target.row, target.store].title
            name = f"{title}, {target.told}"
            lines.append(f"| {name} | {figure(target.most)} {target.unit} | {span} {target.unit} | {verdict} |")
    return "\n".join(lines)


def _ratio(line: Row) -> float | None:
    return line.ratio


def _median(line: Row) -> float:
    return line.library.median


def _of_best_peer(line: Row) -> float | None:
    """Return how many times the quickest Python package the library takes."""
    peers = [timing.median for name, timing in line.peers.items() if name != _TRIGGER]
    return line.library.median / min(peers) if peers else None


def _beside_floor(row: str, told: str, most: Mapping[str, float]) -> Iterator[_Target]:
    for store, times in most.items():
        yield _Target(row, store, times, told, _ratio)


_ENTRY = {"sqlite": 1.4, "sqlite-normal": 4, "postgresql": 1.4, "mysql": 1.5, "mongodb": 1.15}
_MANY = {"sqlite": 2.5, "sqlite-normal": 2.5, "postgresql": 2.5, "mysql": 2.5, "mongodb": 1.5}
_TARGETS = (
    _Target("record", "memory", 25, "one entry", _median, "µs"),
    *_beside_floor("record", "one entry, beside the raw driver", _ENTRY),
    *_beside_floor("keyed", "one with a key and three subjects, likewise", _ENTRY),
    *_beside_floor("bulk", "10,000 entries, likewise", _MANY),
    *_beside_floor("page", "pages of all sizes and depths, likewise", {"sqlite": 7, "postgresql": 2, "mongodb": 1.5}),
    *_beside_floor(
        "filters", "filters of 1 %, beside the page without", dict.fromkeys(("sqlite", "postgresql", "mongodb"), 3)
    ),
    _Target(
        "search",
        "postgresql",
        20,
        "search of a subject's 20,000",
        _median,
        "ms",
        within="in a subject",
    ),
    _Target(
        "search",
        "postgresql",
        50,
        "search of a tenant's million",
        _median,
        "ms",
        within="in a tenant",
    ),
    *_beside_floor(
        "counts",
        "counts of a million by type and week, beside the query by hand",
        dict.fromkeys(("sqlite", "postgresql", "mysql", "mongodb"), 1.5),
    ),
    _Target("track", "postgresql", 1, "what `@track` adds, beside the quickest Python package", _of_best_peer),
    *(
        _Target("iteration", store, 60, "memory of a process that goes through a million", _median, "MB")
        for store in ("sqlite", "postgresql", "mongodb")
    ),
    *_beside_floor("import", "import, beside that of SQLAlchemy alone", {"sqlite": 1.5}),
)
