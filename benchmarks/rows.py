"""The rows of the table: what is measured on a store, against which floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from attrs import evolve
from uuid_utils.compat import uuid7

from activitylog import ActivityLog, Actor, Draft, Ref, TypeRegistry, scope, signals
from activitylog.storage import Record
from benchmarks.measure import Row, Work, compare
from benchmarks.metrics import metrics
from benchmarks.stores import Store
from benchmarks.viewers import viewers

__all__ = ["ROWS"]

LEA = Actor.user(3, "Lea Müller")
KIM, ACME, DEAL = Ref("contact", 42, "Kim Weber"), Ref("company", 7, "ACME"), Ref("deal", 9, "Renewal")
NOTE = "Asked for a quote for the second half of the year"
SINGLES, BULK, CHUNK, PAGES = 300, 10_000, 500, 200
START = datetime(2026, 1, 1, tzinfo=UTC)


def opened(url: str) -> ActivityLog:
    """A log with one receiver of its signal and a manual type without data, as most entries are; set up and warm."""
    types = TypeRegistry()
    types.define("call", category="communication", channel="phone", manual=True)
    log = ActivityLog(url, types=types)
    log.migrate()
    signals.recorded.connect(_receive, sender=log)
    log.record("call", KIM, actor=LEA)
    return log


def _receive(_: object, activities: object) -> None:
    """Stand for the host's receiver."""


def _copies(log: ActivityLog, *subjects: Ref, keyed: bool = False) -> Iterator[Record]:
    """Yield records like one that the library has written, each with an id, a time and perhaps a key of its own."""
    entry = log.record("call", *subjects, note=NOTE)
    record = log.storage.get(entry.tenant, [entry.id])[entry.id]
    for number in count():
        at, id = record.occurred_at + timedelta(milliseconds=number), uuid7()
        yield evolve(record, id=id, occurred_at=at, recorded_at=at, idempotency_key=f"floor {id}" if keyed else None)


def record(store: Store, rounds: int) -> Iterator[Row]:
    """One durable entry: of one subject without a key, and of three subjects with one."""
    yield _record(store, rounds, "1 subject", (KIM,), keyed=False)
    yield _record(store, rounds, "key, 3 subjects", (KIM, ACME, DEAL), keyed=True)


def _record(store: Store, rounds: int, name: str, subjects: tuple[Ref, ...], *, keyed: bool) -> Row:
    log, floor, keys = opened(url := store.new()), store.floor and store.floor(url), count()

    def by_library() -> None:
        for _ in range(SINGLES):
            log.record("call", *subjects, note=NOTE, idempotency_key=f"key {next(keys)}" if keyed else None)

    contenders: dict[str, Work] = {"library": by_library}
    with scope(actor=LEA, tenant="south"):
        if floor:
            copies = _copies(log, *subjects, keyed=keyed)
            batches = iter([[floor.rows(next(copies)) for _ in range(SINGLES)] for _ in range(rounds + 1)])

            def by_driver() -> None:
                for rows in next(batches):
                    floor.write(rows)

            contenders["floor"] = by_driver
        found = compare(contenders, operations=SINGLES, rounds=rounds)
        if floor:
            floor.close()
    log.close()
    return Row(f"record, {name}, {store.title}", found["library"], found.get("floor"))


def bulk(store: Store, rounds: int) -> Iterator[Row]:
    """Ten thousand entries in one batch, per entry; drafts are made within."""
    log, floor = opened(url := store.new()), store.floor and store.floor(url)

    def by_library() -> None:
        log.record_many([Draft("call", KIM, note=NOTE) for _ in range(BULK)])

    contenders: dict[str, Work] = {"library": by_library}
    with scope(actor=LEA, tenant="south"):
        if floor:
            copies = _copies(log, KIM)
            batches = iter([[floor.rows(next(copies)) for _ in range(BULK)] for _ in range(rounds + 1)])
            contenders["floor"] = lambda: floor.write_many(next(batches))
        found = compare(contenders, operations=BULK, rounds=rounds)
        if floor:
            floor.close()
    yield Row(f"record_many({BULK:,}), per entry, {store.title}", found["library"], found.get("floor"))
    log.close()


def plan(store: Store, rounds: int) -> Iterator[Row]:
    """A plan of ten thousand contacts, executed; beside it stands ``record_many`` of the same drafts in such chunks."""
    log, contacts = opened(store.new()), [Ref("contact", number, f"Contact {number}") for number in range(BULK)]

    def by_record_many() -> None:
        for start in range(0, BULK, CHUNK):
            log.record_many([Draft("call", contact, note=NOTE) for contact in contacts[start : start + CHUNK]])

    with scope(actor=LEA, tenant="south"):
        plans = iter([log.plans.make(Draft("call", note=NOTE), contacts) for _ in range(rounds + 1)])
        contenders: dict[str, Work] = {"plan": lambda: next(plans).execute(), "record_many": by_record_many}
        found = compare(contenders, operations=BULK, rounds=rounds)
    log.close()
    yield Row(f"plan of {BULK:,} (beside record_many), {store.title}", found["plan"], found["record_many"])


def page(store: Store, rounds: int) -> Iterator[Row]:
    """The newest twenty of a subject among 100,000 entries; and page 500 of a large subject."""
    log, floor = opened(url := store.new()), store.floor and store.floor(url)
    with scope(actor=LEA, tenant="south"):
        for part in range(10):
            log.record_many(
                Draft("call", KIM if number % 8 == 0 else Ref("contact", number % 997), note=NOTE,
                      occurred_at=START + timedelta(minutes=part * BULK + number))
                for number in range(BULK)
            )  # fmt: skip
        timeline = log.timeline(KIM)
        deep = None
        for _ in range(10):
            deep = timeline.page(1000, after=deep).next
        contenders: dict[str, Work] = {
            "newest 20": _often(lambda: timeline.page(20).items),
            "newest 20 with summaries": _often(lambda: [item.summary for item in timeline.page(20)]),
            "page 500": _often(lambda: timeline.page(20, after=deep)),
        }
        if floor:
            contenders["floor"] = _often(lambda: floor.page("south", str(KIM), 20))
        found = compare(contenders, operations=PAGES, rounds=rounds)
        if floor:
            floor.close()
    log.close()
    by_driver = found.pop("floor", None)
    for name, library in found.items():
        yield Row(f"{name} of 100,000 entries, {store.title}", library, by_driver)


def _often(work: Callable[[], object]) -> Work:
    def run() -> None:
        for _ in range(PAGES):
            work()

    return run


ROWS: dict[str, Callable[[Store, int], Iterator[Row]]] = {
    "record": record,
    "bulk": bulk,
    "plan": plan,
    "page": page,
    "metrics": metrics,
    "viewers": viewers,
}
