"""What contenders do in their own processes, and how long one operation takes them, in microseconds."""

from __future__ import annotations

from attrs import evolve
from uuid_utils.compat import uuid7

from activitylog import Ref
from benchmarks.contender import PAGE, Contender
from benchmarks.facts import Fact, calls, history
from benchmarks.measure import clocked, repeated

__all__ = ["batch", "load", "read", "singles"]


def singles(contender: Contender, count: int, fact: Fact) -> float:
    """Record a fact so many times; one with a key, each time with another."""
    facts = [fact if fact.key is None else evolve(fact, key=f"key {uuid7()}") for _ in range(count)]
    prepared = [contender.prepared(each) for each in facts]

    def work() -> None:
        for each in prepared:
            contender.record(each)

    return clocked(work, count)


def batch(contender: Contender, count: int) -> float:
    """Record so many calls at once."""
    prepared = [contender.prepared(fact) for fact in calls(count)]
    return clocked(lambda: contender.record_many(prepared), count)


def load(contender: Contender, start: int, stop: int) -> None:
    """Write a part of the history."""
    contender.load(history(start, stop))


def read(contender: Contender, subject: Ref, number: int) -> float:
    """Read a page again and again."""
    page = contender.page(subject, number)
    if len(page()) != PAGE:
        raise ValueError(f"{type(contender).__name__} does not give a whole page {number} of {subject}")
    return repeated(page)
