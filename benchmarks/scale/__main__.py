"""``python -m benchmarks.scale [--stores STORE,…] [--entries N]``: load a log and measure it at 10⁴, 10⁶ and 10⁷.

With ``--indexes`` it is measured instead what each index is good for, and what it costs, in a log of a million.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from activitylog import ActivityLog
from benchmarks.scale.indexes import weighed
from benchmarks.scale.load import begun, load
from benchmarks.scale.measuring import measured
from benchmarks.scale.raw import Raw
from benchmarks.scale.raw_mongodb import RawMongoDB
from benchmarks.scale.raw_sql import RawPostgreSQL, RawSQLite
from benchmarks.scale.report import PAGE, write
from benchmarks.scale.results import FOLDER, keep
from benchmarks.stores import store
from servers.shared import Missing

STORES: dict[str, type[Raw]] = {"postgresql": RawPostgreSQL, "sqlite": RawSQLite, "mongodb": RawMongoDB}
SIZES = (10_000, 1_000_000, 10_000_000)


def main(arguments: Sequence[str] | None = None) -> None:
    """Load, measure, keep the results and write them down."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__)
    parser.add_argument("--stores", default=",".join(STORES), help=f"of {', '.join(STORES)}; all by default")
    parser.add_argument("--entries", type=int, default=SIZES[-1], help="the largest size")
    parser.add_argument("--rounds", type=int, default=9, help="interleaved rounds, of which the median counts")
    parser.add_argument("--indexes", action="store_true", help="weigh the indexes, in a log of at most a million")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the data is meanwhile")
    parser.add_argument("--results", type=Path, default=FOLDER, help="where the results are kept")
    parser.add_argument("--page", type=Path, default=PAGE, help="where their tables are")
    options = parser.parse_args(arguments)
    for name in filter(None, options.stores.split(",")):
        if name not in STORES:
            parser.error(f"there is no {name}: there are {', '.join(STORES)}")
        with tempfile.TemporaryDirectory(prefix="activitylog-", dir=options.folder) as folder:
            Path(folder).chmod(0o755)  # a server may run under another account
            try:
                _store(name, Path(folder), options)
            except Missing as reason:
                print(f"not measured: {name}: {reason}", flush=True)
    write(options.results, options.page)


def _store(name: str, folder: Path, options: argparse.Namespace) -> None:
    with store(name, folder) as kept:
        url = kept.new()
        log = begun(url)
        raw = STORES[name](url)
        if options.indexes:
            entries = min(options.entries, 1_000_000)
            load(log, 0, entries)
            for index, found in weighed(log, raw, entries, rounds=options.rounds).items():
                keep(f"scale/{name}", "indexes", index, found, options.results)
        else:
            _sizes(name, log, raw, folder, options)
        raw.close()
        log.close()


def _sizes(name: str, log: ActivityLog, raw: Raw, folder: Path, options: argparse.Namespace) -> None:
    start = 0
    for size in [size for size in SIZES if size < options.entries] + [options.entries]:
        seconds = load(log, start, size)
        found = {"version": raw.version, "loaded": size - start, "seconds": round(seconds, 1)}
        found |= measured(log, raw, size, folder, rounds=options.rounds)
        keep(f"scale/{name}", "sizes", str(size), found, options.results)
        start = size


if __name__ == "__main__":
    main()
