"""Plans: one action for many contacts."""

from __future__ import annotations

from collections.abc import Iterator

from activitylog import Draft, Ref
from benchmarks.bench import Bench
from benchmarks.facts import NOTE
from benchmarks.library import Library
from benchmarks.measure import Row, Work, compare

__all__ = ["plan"]

CHUNK = 500


def plan(bench: Bench) -> Iterator[Row]:
    """A plan for many contacts, executed; beside it ``record_many`` of the same drafts, in the same chunks."""
    library, many = Library(bench.store.new()), bench.size.bulk
    log, contacts = library.log, [Ref("contact", number, f"Contact {number}") for number in range(many)]

    def by_record_many() -> None:
        for start in range(0, many, CHUNK):
            log.record_many([Draft("call", contact, note=NOTE) for contact in contacts[start : start + CHUNK]])

    bench.tell("plans are made")
    plans = iter([log.plans.make(Draft("call", note=NOTE), contacts) for _ in range(bench.rounds + 1)])
    contenders: dict[str, Work] = {"plan": lambda: next(plans).execute(), "record_many": by_record_many}
    found = compare(contenders, operations=many, rounds=bench.rounds)
    library.close()
    yield Row(f"plan of {many:,}, each", found["plan"], found["record_many"], beside="record_many")
