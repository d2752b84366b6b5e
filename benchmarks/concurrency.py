"""``python -m benchmarks.concurrency [--stores STORE,…]``: 1, 4, 16 and 64 writers, and readers, at once.

They are threads of one process, or processes. Beside them the raw driver does the same with as many connections.
All of a crowd warm up together before the clock runs. Of each round the rate counts, over all rounds the latencies.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from threading import Barrier
from time import perf_counter, process_time
from typing import Any

from attrs import evolve, frozen
from uuid_utils.compat import uuid7

from activitylog import ActivityLog, Actor, Ref
from activitylog.storage import Record
from benchmarks.floor import Floor
from benchmarks.scale.entries import TENANT, customers, types
from benchmarks.scale.load import begun, load
from benchmarks.scale.report import PAGE, write
from benchmarks.scale.results import FOLDER, keep
from benchmarks.stores import store
from servers.shared import Missing

__all__ = ["main"]

STORES = ("postgresql", "mongodb")
CROWDS = (1, 4, 16, 64)
OPERATIONS = 4_000
"""What all of a crowd do together in one round."""
WARM = 20
"""What each of them does before: its connection is open then, and its statements are prepared."""
BUSY = 300
"""So many customers have twenty entries and more of 100,000."""
KIM, LEA, NOTE = Ref("contact", 42, "Kim Weber"), Actor.user(3, "Lea Müller"), "Asked for a quote for the second half"

_FORK = get_context("fork")
Work = Callable[[], object]
Made = tuple[Sequence[Work], Callable[[], None]]
"""What one worker is to do, one thing after the other, and what is to be closed then."""


@frozen
class Measured:
    """What one crowd did in one round: the rate of them all, each latency, and the processor's time of an operation."""

    rate: float
    latencies: list[float]
    cpu: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, keep the results and write them down."""
    parser = argparse.ArgumentParser(prog="benchmarks.concurrency", description=__doc__)
    parser.add_argument("--stores", default=",".join(STORES), help=f"of {', '.join(STORES)}; both by default")
    parser.add_argument("--entries", type=int, default=100_000, help="how many are there before")
    parser.add_argument("--crowds", default=",".join(map(str, CROWDS)), help="how many at once")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds")
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
                for run, found in _runs(name, Path(folder), options):
                    keep(f"concurrency/{name}", "runs", run, found, options.results)
            except Missing as reason:
                print(f"not measured: {name}: {reason}", flush=True)
    write(options.results, options.page)


def _runs(name: str, folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    with store(name, folder) as opened:
        url = opened.new()
        record = _prepared(url, options.entries)
        opened.settle()
        for crowd in map(int, options.crowds.split(",")):
            limited = f"{url}{'&' if '?' in url else '?'}{_POOL[name]}={crowd}"
            for task in ("writers", "readers"):
                for kind, processes, threads in (("threads", 1, crowd), ("processes", crowd, 1)):
                    if crowd == 1 and kind == "processes":
                        continue
                    made = {
                        "library": partial(_LIBRARY[task], limited),
                        "floor": partial(_FLOOR[task], opened.floor, url, record),
                    }
                    run = f"{crowd} {task}, {kind}" if crowd > 1 else f"1 {task[:-1]}"
                    print(f"{name}: {run} …", file=sys.stderr, flush=True)
                    yield run, _compared(made, processes, threads, options.rounds)


_POOL = {"postgresql": "pool_size", "mongodb": "maxPoolSize"}


def _prepared(url: str, entries: int) -> Record:
    """Load what is read, and return a record as the writers write it."""
    log = begun(url)
    load(log, 0, entries)
    entry = log.record("call", KIM, note=NOTE, actor=LEA)
    record = log.storage.get(TENANT, [entry.id])[entry.id]
    log.close()
    return record


def _compared(made: dict[str, Any], processes: int, threads: int, rounds: int) -> dict[str, Any]:
    times: dict[str, list[Measured]] = {name: [] for name in made}
    for _ in range(rounds):
        for name, make in made.items():
            times[name].append(_crowd(make, processes, threads))
    return {name: _told(found) for name, found in times.items()}


def _told(rounds: Sequence[Measured]) -> dict[str, float]:
    latencies = sorted(latency * 1e3 for measured in rounds for latency in measured.latencies)
    return {
        "rate": round(median(measured.rate for measured in rounds)),
        "p50": round(median(latencies), 3),
        "p99": round(quantiles(latencies, n=100)[98], 3),
        "cpu": round(median(measured.cpu for measured in rounds) * 1e6, 1),
    }


# -- a crowd -----------------------------------------------------------------------------------------------------------


def _crowd(make: Callable[[int, int], Sequence[Made]], processes: int, threads: int) -> Measured:
    each = max(1, OPERATIONS // (processes * threads))
    start = _FORK.Barrier(processes)
    answers = _FORK.SimpleQueue()
    working = [_FORK.Process(target=_process, args=(make, threads, each, start, answers)) for _ in range(processes)]
    for process in working:
        process.start()
    found = [answers.get() for _ in working]
    for process in working:
        process.join()
    begun, ended = min(times[0] for times, _, _ in found), max(times[1] for times, _, _ in found)
    latencies = [latency for _, own, _ in found for latency in own]
    cpu = sum(cpu for _, _, cpu in found)
    return Measured(len(latencies) / (ended - begun), latencies, cpu / len(latencies))


def _process(make: Callable[[int, int], Sequence[Made]], threads: int, each: int, start: Any, answers: Any) -> None:
    made = make(threads, WARM + each)
    with ThreadPoolExecutor(threads) as pool:
        together = Barrier(threads)  # so that each task has a thread of its own, and each thread a connection
        list(pool.map(partial(_warmed, together), [works[:WARM] for works, _ in made]))
        start.wait()
        begun, cpu = perf_counter(), process_time()
        found = list(pool.map(_worker, [works[WARM:] for works, _ in made]))
        ended, cpu = perf_counter(), process_time() - cpu
    for _, close in made:
        close()
    answers.put(((begun, ended), [latency for own in found for latency in own], cpu))


def _warmed(together: Barrier, works: Sequence[Work]) -> None:
    together.wait()
    for work in works:
        work()


def _worker(works: Sequence[Work]) -> list[float]:
    latencies = []
    for work in works:
        begun = perf_counter()
        work()
        latencies.append(perf_counter() - begun)
    return latencies


# -- what they do ------------------------------------------------------------------------------------------------------


def _log_writers(url: str, threads: int, each: int) -> Sequence[Made]:
    log = _opened(url)
    return [([lambda: log.record("call", KIM, note=NOTE)] * each, log.close) for _ in range(threads)]


def _log_readers(url: str, threads: int, each: int) -> Sequence[Made]:
    log = _opened(url)
    asked = cycle(customers(BUSY))
    return [([partial(_page, log, next(asked)) for _ in range(each)], log.close) for _ in range(threads)]


def _page(log: ActivityLog, customer: Ref) -> None:
    log.timeline(customer).page(20)


def _opened(url: str) -> ActivityLog:
    return ActivityLog(url, types=types(), tenant=TENANT, actor=LEA)


def _floor_writers(floor: type[Floor], url: str, record: Record, threads: int, each: int) -> Sequence[Made]:
    made = []
    for driver in _drivers(floor, url, threads):
        rows = [driver.rows(_copy(record, number)) for number in range(each)]
        made.append(([partial(driver.write, row) for row in rows], driver.close))
    return made


def _floor_readers(floor: type[Floor], url: str, record: Record, threads: int, each: int) -> Sequence[Made]:
    asked = cycle(customers(BUSY))
    return [
        ([partial(driver.page, TENANT, str(next(asked)), 20) for _ in range(each)], driver.close)
        for driver in _drivers(floor, url, threads)
    ]


def _drivers(floor: type[Floor], url: str, threads: int) -> list[Floor]:
    """Return a driver for each thread; MongoDB's has connections for all of them."""
    if url.startswith("mongodb"):
        return [floor(url)] * threads
    return [floor(url) for _ in range(threads)]


def _copy(record: Record, number: int) -> Record:
    at = record.recorded_at + timedelta(milliseconds=number)
    return evolve(record, id=uuid7(), occurred_at=at, recorded_at=at)


_LIBRARY = {"writers": _log_writers, "readers": _log_readers}
_FLOOR = {"writers": _floor_writers, "readers": _floor_readers}


if __name__ == "__main__":
    main()
