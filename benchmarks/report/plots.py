"""Plots that can be read on light and on dark pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.measure import Row, Timing

__all__ = ["bars", "growth"]

_INK = "#808890"
_COLOURS = {
    "activitylog": "#2f9e6e",
    "raw driver": "#808890",
    "one ideal table": "#b8bec5",
    "SQLAlchemy Core": "#4c86c6",
    "SQLAlchemy ORM": "#8ab2e0",
    "activity-stream": "#d98634",
    "auditlog": "#c95d5d",
    "eventsourcing": "#9b6fc3",
    "simple-history": "#5aa6a6",
    "pghistory": "#c2a23a",
}
_ANOTHER = "#a86c8a"
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmarks",
    "font.family": "sans-serif",
    "font.size": 9,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), _INK),
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def bars(lines: Mapping[str, Row], path: Path, *, log: bool = False) -> None:
    """Draw a bar for each contender of each line, with the spread of the rounds; the shorter the better."""
    with mpl.rc_context(_STYLE):
        count = sum(len(_timings(row)) + 1 for row in lines.values())
        figure = Figure(figsize=(8, 0.9 + 0.17 * count), layout="constrained")
        axes = figure.add_subplot()
        place, ticks = 0.0, {}
        for name, row in lines.items():
            timings = _timings(row)
            ticks[name] = place + (len(timings) - 1) / 2
            for who, timing in timings.items():
                axes.barh(place, timing.median, 0.8, color=_COLOURS.get(who, _ANOTHER), label=who)
                axes.plot([timing.low, timing.high], [place, place], color=_INK, linewidth=1)
                place += 1
            place += 1
        axes.set_yticks(list(ticks.values()), list(ticks))
        axes.invert_yaxis()
        if log:
            axes.set_xscale("log")
        axes.set_xlabel(next(iter(lines.values())).unit)
        _save(figure, axes, path)


def growth(sizes: Mapping[int, Row], path: Path) -> None:
    """Draw how the time of a page goes with the size of the log."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8, 3.4), layout="constrained")
        axes = figure.add_subplot()
        for who in dict.fromkeys(name for row in sizes.values() for name in _timings(row)):
            points = {size: _timings(row)[who].median for size, row in sizes.items() if who in _timings(row)}
            colour = _COLOURS.get(who, _ANOTHER)
            axes.plot(list(points), list(points.values()), marker="o", markersize=3, color=colour, label=who)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("entries in the log")
        axes.set_ylabel(next(iter(sizes.values())).unit)
        _save(figure, axes, path)


def _timings(row: Row) -> dict[str, Timing]:
    return {"activitylog": row.library, **({row.beside: row.floor} if row.floor else {}), **row.peers}


def _save(figure: Figure, axes: Axes, path: Path) -> None:
    shown = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(shown.values(), shown.keys(), loc="outside right upper", frameon=False, fontsize=8)
    figure.savefig(path, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
