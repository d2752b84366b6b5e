"""The tables of docs/scale.md, between its marks; the words around them are written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from benchmarks.scale.results import FOLDER, kept

__all__ = ["PAGE", "write"]

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
_TITLES = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mongodb": "MongoDB"}
_MARK = re.compile(r"(<!-- (\w+) (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def write(results: Path = FOLDER, page: Path = PAGE) -> None:
    """Fill the tables of the page with what was measured."""

    def filled(mark: re.Match[str]) -> str:
        kind, store = _KINDS[mark[2]], mark[3]
        lines = kind.table(_TITLES[store], kept(f"{kind.file}/{store}", results).get(kind.part, {}))
        return f"{mark[1]}\n{chr(10).join(lines)}\n\n{mark[4]}"

    page.write_text(_MARK.sub(filled, page.read_text()))


@frozen
class _Kind:
    """A kind of tables: how it is made, and of which part of which file."""

    table: Callable[[str, dict[str, Any]], Iterator[str]]
    file: str
    part: str


def _reads(title: str, found: dict[str, Any]) -> Iterator[str]:
    sizes = _by_size(found)
    yield from _head(f"{title}, µs", [f"{_number(size)} entries" for size in sizes])
    rows: dict[str, dict[int, str]] = {}
    for size, measured in sizes.items():
        for name, times in measured["reads"].items():
            rows.setdefault(re.sub(r"^page \d+ of", "page 500 of", name), {})[size] = _times(name, times)
    for name, cells in rows.items():
        yield _line([name, *(cells.get(size, "") for size in sizes)])


def _times(name: str, times: dict[str, Sequence[float]]) -> str:
    library, floor = times["library"], times["floor"]
    number = re.match(r"page (\d+) of", name)
    which = f" (page {number[1]})" if number and number[1] != "500" else ""
    spread = f"{library[1]:,.0f}–{library[2]:,.0f}"
    return f"**{library[0]:,.0f}** ({spread}) / {floor[0]:,.0f} = {library[0] / floor[0]:.2f}{which}"


def _bytes(title: str, found: dict[str, Any]) -> Iterator[str]:
    sizes = _by_size(found)
    yield from _head(f"{title}, bytes of an entry", [_number(size) for size in sizes])
    for name in dict.fromkeys(name for one in sizes.values() for name in one["bytes"]):
        of_each = {size: one["bytes"][name] / size for size, one in sizes.items() if name in one["bytes"]}
        yield _line([f"`{name}`", *(f"{of_each[size]:,.0f}" if size in of_each else "" for size in sizes)])
    sums = [sum(one["bytes"].values()) / size for size, one in sizes.items()]
    yield _line(["**together**", *(f"**{each:,.0f}**" for each in sums)])
    rates = [f"{one['loaded'] / one['seconds']:,.0f}" if one["seconds"] else "" for one in sizes.values()]
    yield _line(["loaded up to there, entries a second", *rates])
    yield _line(["measured, of commit", *(f"{one['measured']}, `{one['commit']}`" for one in sizes.values())])


def _indexes(title: str, found: dict[str, Any]) -> Iterator[str]:
    of_read = ["serves", "read with, µs", "without", "bytes of an entry"]
    of_append = ["an append writes, bytes an entry", "without", "and takes, µs an entry", "without"]
    yield from _head(f"{title}: index", of_read + of_append)
    for name, one in found.items():
        read, slow = one["read"][0], one["read without"][0]
        appends = [one[f"{what}{state}"] for what in ("written", "append") for state in ("", " without")]
        yield _line([
            f"**{name}**", one["serves"], f"{read:,.0f}", f"{slow:,.0f} ({slow / read:,.0f} ×)",
            f"{one['bytes'] / one['entries']:,.0f}", *map(_spread, appends),
        ])  # fmt: skip


def _concurrency(title: str, found: dict[str, Any]) -> Iterator[str]:
    yield from _head(
        title,
        ["log, a second", "raw", "share", "log, p99 in ms", "raw", "times", "log, µs of CPU each", "raw"],
    )
    for name, run in found.items():
        log, raw = run["library"], run["floor"]
        yield _line([
            name, f"{log['rate']:,}", f"{raw['rate']:,}", f"{log['rate'] / raw['rate']:.2f}",
            f"{log['p99']:,.1f}", f"{raw['p99']:,.1f}", f"{log['p99'] / raw['p99']:.2f}",
            f"{log['cpu']:,.0f}", f"{raw['cpu']:,.0f}",
        ])  # fmt: skip
    stamps = dict.fromkeys(f"{run['measured']}, commit `{run['commit']}`" for run in found.values())
    yield from ["", f"Measured {' and '.join(stamps)}."]


def _by_size(found: dict[str, Any]) -> dict[int, Any]:
    return {size: found[str(size)] for size in sorted(map(int, found))}


def _spread(times: Sequence[float]) -> str:
    return f"{times[0]:,.0f} ({times[1]:,.0f}–{times[2]:,.0f})"


def _number(size: int) -> str:
    return f"{size:,}"


def _head(first: str, others: Sequence[str]) -> Iterator[str]:
    yield _line([first, *others])
    yield _line(["---", *["--:"] * len(others)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


_KINDS = {
    "reads": _Kind(_reads, "scale", "sizes"),
    "bytes": _Kind(_bytes, "scale", "sizes"),
    "indexes": _Kind(_indexes, "scale", "indexes"),
    "concurrency": _Kind(_concurrency, "concurrency", "runs"),
}
