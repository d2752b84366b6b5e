"""The rows of the table: what is measured, on what, against which floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from attrs import evolve, frozen
from uuid_utils.compat import uuid7

from activitylog import ActivityLog, Actor, Draft, Ref, TypeRegistry, scope, signals
from activitylog.storage import Record
from benchmarks.measure import Timing, compare
from benchmarks.sqlite_floor import Floor

LEA = Actor.user(3, "Lea Müller")
KIM, ACME, DEAL = Ref("contact", 42, "Kim Weber"), Ref("company", 7, "ACME"), Ref("deal", 9, "Renewal")
NOTE = "Asked for a quote for the second half of the year"
BULK = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)


@frozen
class Row:
    """One measured row: the library and its floor, in microseconds per operation."""

    name: str
    library: Timing
    floor: Timing | None

    @property
    def ratio(self) -> float | None:
        """How many times the floor the library takes."""
        return None if self.floor is None else self.library.median / self.floor.median


def types() -> TypeRegistry:
    """A manual type without data, as most entries are."""
    registry = TypeRegistry()
    registry.define("call", category="communication", channel="phone", manual=True)
    return registry


def opened(url: str) -> ActivityLog:
    """A log with one receiver of its signal, set up and warm."""
    log = ActivityLog(url, types=types())
    signals.recorded.connect(_receive, sender=log)
    log.record("call", KIM, actor=LEA)
    return log


def _receive(_: object, activities: object) -> None:
    """Stand for the host's receiver."""


def _sample(log: ActivityLog, *subjects: Ref) -> Record:
    entry = log.record("call", *subjects, note=NOTE)
    return log.storage.get(entry.tenant, [entry.id])[entry.id]


def _copies(record: Record) -> Iterator[Record]:
    for number in count():
        at = record.occurred_at + timedelta(milliseconds=number)
        yield evolve(record, id=uuid7(), occurred_at=at, recorded_at=at, idempotency_key=None)


def record_sqlite(folder: Path, synchronous: str, rounds: int) -> Iterator[Row]:
    """One durable entry: of one subject without a key, and of three subjects with one."""
    yield _record_sqlite(folder, synchronous, rounds, "1 subject", (KIM,), keyed=False)
    yield _record_sqlite(folder, synchronous, rounds, "key, 3 subjects", (KIM, ACME, DEAL), keyed=True)


def _record_sqlite(
    folder: Path, synchronous: str, rounds: int, name: str, subjects: tuple[Ref, ...], *, keyed: bool
) -> Row:
    path, times = folder / f"record-{synchronous}-{len(subjects)}.db", 300
    log, floor = opened(f"sqlite:///{path}?synchronous={synchronous}"), Floor(path, synchronous)
    keys = count()
    with scope(actor=LEA, tenant="south"):
        source = _copies(_sample(log, *subjects))
        copies = (evolve(copy, idempotency_key=f"floor {copy.id}") if keyed else copy for copy in source)
        batches = iter([[floor.rows(next(copies)) for _ in range(times)] for _ in range(rounds + 1)])

        def by_driver() -> None:
            for rows in next(batches):
                floor.write(rows)

        def by_library() -> None:
            for _ in range(times):
                log.record("call", *subjects, note=NOTE, idempotency_key=f"key {next(keys)}" if keyed else None)

        found = compare({"floor": by_driver, "library": by_library}, operations=times, rounds=rounds)
    floor.close()
    log.close()
    return Row(f"record, SQLite {synchronous}, {name}", found["library"], found["floor"])


def record_memory(_: Path, rounds: int) -> Iterator[Row]:
    """One entry in memory; there is no driver to compare with."""
    log = opened("memory://")

    def by_library() -> None:
        for _ in range(2000):
            log.record("call", KIM, note=NOTE)

    with scope(actor=LEA, tenant="south"):
        found = compare({"library": by_library}, operations=2000, rounds=rounds)
    yield Row("record, memory", found["library"], None)


def bulk_sqlite(folder: Path, rounds: int) -> Iterator[Row]:
    """Ten thousand entries in one batch, per entry; drafts are made within."""
    path = folder / "bulk.db"
    log = opened(f"sqlite:///{path}")
    floor = Floor(path, "FULL")
    with scope(actor=LEA, tenant="south"):
        source = _copies(_sample(log, KIM))
        batches = iter([[floor.rows(next(source)) for _ in range(BULK)] for _ in range(rounds + 1)])

        def by_library() -> None:
            log.record_many([Draft("call", KIM, note=NOTE) for _ in range(BULK)])

        found = compare(
            {"floor": lambda: floor.write_many(next(batches)), "library": by_library}, operations=BULK, rounds=rounds
        )
    yield Row(f"record_many({BULK:,}), SQLite FULL, per entry", found["library"], found["floor"])
    floor.close()
    log.close()


def page_sqlite(folder: Path, rounds: int) -> Iterator[Row]:
    """The newest twenty of a subject among 100,000 entries; and page 500 of a large subject."""
    path = folder / "page.db"
    log = opened(f"sqlite:///{path}")
    with scope(actor=LEA, tenant="south"):
        for part in range(10):
            log.record_many(
                Draft("call", KIM if number % 8 == 0 else Ref("contact", number % 997), note=NOTE,
                      occurred_at=START + timedelta(minutes=part * BULK + number))
                for number in range(BULK)
            )  # fmt: skip
        timeline, floor = log.timeline(KIM), Floor(path, "FULL")
        deep = None
        for _ in range(10):
            deep = timeline.page(1000, after=deep).next

        def several(work: Callable[[], object], times: int = 200) -> Callable[[], None]:
            def run() -> None:
                for _ in range(times):
                    work()

            return run

        found = compare(
            {
                "floor": several(lambda: floor.page("south", str(KIM), 20)),
                "library": several(lambda: timeline.page(20).items),
                "summaries": several(lambda: [item.summary for item in timeline.page(20)]),
                "deep": several(lambda: timeline.page(20, after=deep)),
            },
            operations=200,
            rounds=rounds,
        )
    for name, key in (("newest 20", "library"), ("newest 20 with summaries", "summaries"), ("page 500", "deep")):
        yield Row(f"{name}, SQLite, 100,000 entries", found[key], found["floor"])
    floor.close()
    log.close()


ROWS: dict[str, Callable[[Path, int], Iterator[Row]]] = {
    "record": lambda folder, rounds: record_sqlite(folder, "FULL", rounds),
    "record-normal": lambda folder, rounds: record_sqlite(folder, "NORMAL", rounds),
    "memory": record_memory,
    "bulk": bulk_sqlite,
    "page": page_sqlite,
}
