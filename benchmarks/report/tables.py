"""Results as tables of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.measure import Row, Timing
from benchmarks.results import Result

__all__ = ["table"]


def table(results: Sequence[Result]) -> str:
    """Return the table of a row: a line for each store and what was measured on it, a column for each contender."""
    peers = list(dict.fromkeys(name for result in results for row in result.lines for name in row.peers))
    floors = list(dict.fromkeys(row.beside for result in results for row in result.lines if row.floor))
    head = ["", "activitylog", *floors, *peers]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    lines += [
        [f"{result.title}, {row.name}", *_cells(row, floors, peers)] for result in results for row in result.lines
    ]
    return "\n".join(_line(cells) for cells in lines)


def _cells(row: Row, floors: Iterable[str], peers: Iterable[str]) -> Iterator[str]:
    yield _cell(row, row.library, row.ratio)
    for name in floors:
        yield _cell(row, row.floor, None) if row.floor and row.beside == name else ""
    for name in peers:
        timing = row.peers.get(name)
        yield "" if timing is None else _cell(row, timing, row.times(timing))


def _cell(row: Row, timing: Timing, times: float | None) -> str:
    shown = f"{figure(timing.median)} {row.unit}"
    if timing.low != timing.high:
        shown += f" ({figure(timing.low)}–{figure(timing.high)})"
    return shown if times is None else f"**{figure(times)} ×** {shown}"


def figure(value: float) -> str:
    """Return a figure with as many places as it is worth."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.2g}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
