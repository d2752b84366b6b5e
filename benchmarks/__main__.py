"""``python -m benchmarks [ROW …]``: measure some rows, or all, and print them as a table."""

from __future__ import annotations

import argparse
import platform
import sqlite3
import tempfile
from pathlib import Path

from benchmarks.rows import ROWS, Row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all by default")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds, of which the median counts")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}")
    print(f"{'row':<46}{'library µs':>24}{'raw driver µs':>24}{'ratio':>8}")
    for name in options.rows or ROWS:
        with tempfile.TemporaryDirectory() as folder:
            for row in ROWS[name](Path(folder), options.rounds):
                print(_line(row), flush=True)


def _line(row: Row) -> str:
    library = f"{row.library.median:.1f} ({row.library.low:.0f}–{row.library.high:.0f})"
    floor = "" if row.floor is None else f"{row.floor.median:.1f} ({row.floor.low:.0f}–{row.floor.high:.0f})"
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return f"{row.name:<46}{library:>24}{floor:>24}{ratio:>8}"


main()
