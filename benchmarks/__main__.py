"""``python -m benchmarks [--rows ROW,…] [--stores STORE,…]``: measure some rows on some stores, or all, as a table."""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Collection
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.rows import ROWS
from benchmarks.stores import STORES, store
from servers.shared import Missing


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rows", default="", help=f"of {', '.join(ROWS)}; all by default")
    parser.add_argument("--stores", default="", help=f"of {', '.join(STORES)}; all by default")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds, of which the median counts")
    options = parser.parse_args()
    rows, stores = _chosen(parser, options.rows, ROWS), _chosen(parser, options.stores, STORES)
    print(f"Python {platform.python_version()}, {platform.machine()}; µs per operation, the median of {options.rounds}")
    print(f"{'row':<72}{'library':>24}{'raw driver':>24}{'ratio':>8}")
    for name in stores:
        with tempfile.TemporaryDirectory(prefix="activitylog-") as folder:
            _measure(name, rows, Path(folder), options.rounds)


def _chosen(parser: argparse.ArgumentParser, given: str, known: Collection[str]) -> list[str]:
    chosen = [name.strip() for name in given.split(",") if name.strip()] or list(known)
    if unknown := [name for name in chosen if name not in known]:
        parser.error(f"there is no {', '.join(unknown)}: there are {', '.join(known)}")
    return chosen


def _measure(name: str, rows: Collection[str], folder: Path, rounds: int) -> None:
    folder.chmod(0o755)  # a server may run under another account
    try:
        with store(name, folder) as measured:
            for row in rows:
                for line in ROWS[row](measured, rounds):
                    print(_line(line), flush=True)
    except Missing as reason:
        print(f"not measured: {name}: {reason}", flush=True)


def _line(row: Row) -> str:
    library = f"{row.library.median:.1f} ({row.library.low:.0f}–{row.library.high:.0f})"
    floor = "" if row.floor is None else f"{row.floor.median:.1f} ({row.floor.low:.0f}–{row.floor.high:.0f})"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return f"{row.name:<72}{library:>24}{floor:>24}{ratio:>8}"


main()
