"""The floor as a contender: the raw driver in the library's own schema, on the database that it has set up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from itertools import count
from typing import Any

from attrs import evolve
from uuid_utils.compat import uuid7

from activitylog import Ref
from activitylog.storage import Record
from benchmarks.contender import PAGE, Contender, Read
from benchmarks.facts import TENANT, Fact
from benchmarks.floor import Floor
from benchmarks.library import Library

__all__ = ["RawDriver"]


class RawDriver(Contender):
    """Writes the rows that the library writes, made beforehand: encoding is the library's work."""

    def __init__(self, floor: type[Floor], url: str) -> None:
        self._url = url
        self._floor = floor(url)
        self._written: dict[tuple[Ref, ...], Iterator[Record]] = {}

    def prepared(self, fact: Fact) -> Any:
        if fact.subjects not in self._written:
            self._written[fact.subjects] = self._copies(fact)
        record = next(self._written[fact.subjects])
        return self._floor.rows(evolve(record, idempotency_key=fact.key and f"{fact.key} by hand"))

    def _copies(self, fact: Fact) -> Iterator[Record]:
        """Yield records like one that the library has written, each with an id and a time of its own."""
        entry = self._library.log.record(fact.type, *fact.subjects, note=fact.note)
        record = self._library.log.storage.get(entry.tenant, [entry.id])[entry.id]
        for number in count():
            at = record.occurred_at + timedelta(milliseconds=number)
            yield evolve(record, id=uuid7(), occurred_at=at, recorded_at=at)

    @cached_property
    def _library(self) -> Library:
        return Library(self._url)

    def record(self, fact: Any) -> None:
        self._floor.write(fact)

    def record_many(self, facts: Sequence[Any]) -> None:
        self._floor.write_many(facts)

    def load(self, facts: Iterable[Fact]) -> None:
        """Read what the library has written."""

    def page(self, subject: Ref, number: int) -> Read:
        skipped = (number - 1) * PAGE
        after = self._floor.position(self._floor.page(TENANT, str(subject), skipped)[-1]) if skipped else None
        return lambda: self._floor.page(TENANT, str(subject), PAGE, after)

    def close(self) -> None:
        self._floor.close()
        if "_library" in self.__dict__:
            self._library.close()
