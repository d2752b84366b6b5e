"""A hundred thousand entries as a CRM has them, and what is asked of them: for the tests of query plans."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from attrs import evolve

from activitylog.storage import (
    ABSENT,
    NOBODY,
    And,
    Between,
    Field,
    Has,
    In,
    Mention,
    Not,
    Position,
    Query,
    Record,
    Storage,
    Where,
    position,
)
from activitylog.testing.contract.samples import at, record

__all__ = ["ENTRIES", "FILTERS", "LARGEST", "entries", "place", "query"]

ENTRIES = 100_000
LARGEST = "contact:0"
PRESENT = (Between(Field.DELETED_AT, ge=ABSENT), Between(Field.ARCHIVED_AT, ge=ABSENT))

FILTERS: dict[str, tuple[Where, ...]] = {
    "no filter": (),
    "type": (In(Field.TYPE, ["call", "mail"]),),
    "since and until": (Between(Field.OCCURRED_AT, ge=at(30_000), lt=at(60_000)),),
    "audience": (In(Field.AUDIENCE, map(str, range(1000))),),
    "not an actor": (Not(In(Field.ACTOR, ["user:3"])),),
    "tags": (Has(Field.TAGS, ["folder:a"]),),
}


def entries() -> Iterator[Record]:
    """One in three about one subject, the others spread; late arrivals, batches, conversations, tasks."""
    chance = Random(7)
    for number in range(ENTRIES):
        refs = dict.fromkeys(
            [LARGEST if number % 3 == 0 else f"contact:{chance.randrange(20_000)}", "company:7"][
                : 1 + (number % 20 == 0)
            ]
        )
        task = number % 50 == 0
        yield record(
            number,
            minutes=number - (chance.randrange(10_000) if number % 25 == 0 else 0),
            recorded_at=at(number),
            type=chance.choice(("call", "mail", "note", "task")),
            actor=Mention(f"user:{chance.randrange(100)}", "", "user"),
            links=tuple(Mention(ref, "", "subject") for ref in refs),
            batch=f"batch {number // 1000}" if number % 2 else "",
            conversation=f"thread {number // 7}" if number % 4 == 0 else "",
            assignee=Mention(f"user:{number % 10}") if task else NOBODY,
            due_at=at(number + 500) if task else ABSENT,
            status="open" if task else "",
            words=f" all word{number % 1000}",
        )


def query(*subjects: str, where: tuple[Where, ...] | list[Where] = (), **options: Any) -> Query:
    return Query(**{"tenant": "south", "subjects": subjects, "where": And((*PRESENT, *where)), "limit": 20, **options})


def place(storage: Storage, asked: Query, number: int) -> Position:
    """Return the position of an entry deep in the query's order."""
    return position(asked, storage.fetch(evolve(asked, limit=number))[-1])
