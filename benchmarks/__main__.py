"""``python -m benchmarks``: measure rows on stores, print them, and keep them for ``docs/benchmarks.md``."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Collection

from benchmarks.bench import FULL, QUICK
from benchmarks.peers import installed
from benchmarks.results import PACKAGES
from benchmarks.rows import ROWS
from benchmarks.run import run
from benchmarks.stores import STORES


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rows", default="", help=f"of {', '.join(ROWS)}; all by default")
    parser.add_argument("--stores", default="", help=f"of {', '.join(STORES)}; all by default")
    parser.add_argument("--rounds", type=int, help="interleaved rounds, of which the median counts (7; quick: 2)")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try whether it works; nothing is kept")
    parser.add_argument("--no-peers", action="store_true", help="without other packages; nothing is kept")
    parser.add_argument("--report", action="store_true", help="write the report of what is kept, and measure nothing")
    options = parser.parse_args()
    rows, stores = _chosen(parser, options.rows, ROWS), _chosen(parser, options.stores, STORES)
    kept, failed = not (options.quick or options.no_peers), list[str]()
    if not options.report:
        print(f"Python {platform.python_version()}, {platform.machine()}")
        if absent := [package for package in PACKAGES if not installed(package)]:
            print(f"not installed: {', '.join(absent)}; make bench installs them")
        size, rounds = (QUICK, options.rounds or 2) if options.quick else (FULL, options.rounds or 7)
        failed = run(rows, stores, rounds, size, peers=not options.no_peers, kept=kept)
    if options.report or kept:
        from benchmarks.report.page import write  # plots need what measuring does not

        write()
    if failed:
        parser.exit(1, f"failed: {', '.join(failed)}\n")


def _chosen(parser: argparse.ArgumentParser, given: str, known: Collection[str]) -> list[str]:
    chosen = [name.strip() for name in given.split(",") if name.strip()] or list(known)
    if unknown := [name for name in chosen if name not in known]:
        parser.error(f"there is no {', '.join(unknown)}: there are {', '.join(known)}")
    return chosen


if __name__ == "__main__":
    main()
