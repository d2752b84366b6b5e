"""Whoever keeps facts: the library, the raw driver, other packages."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, ClassVar

from activitylog import Ref
from benchmarks.facts import Fact

__all__ = ["PAGE", "Contender", "Read"]

PAGE = 20
"""Entries of a page."""

Read = Callable[[], Sequence[object]]
"""Reads a page, as its users get it."""


class Contender(ABC):
    """Keeps facts on a database of its own, which it sets up when it is made, as its documentation recommends."""

    chunk: ClassVar[int] = 10_000
    """As many facts as it takes at once when there are many."""

    def prepared(self, fact: Fact) -> Any:
        """Return what a host would have at hand to tell the fact, such as its own objects."""
        return fact

    @abstractmethod
    def record(self, fact: Any) -> None:
        """Write a prepared fact durably."""

    @abstractmethod
    def record_many(self, facts: Sequence[Any]) -> None:
        """Write prepared facts at once, in the fastest way that its users have."""

    def load(self, facts: Iterable[Fact]) -> None:
        """Write facts that nobody waits for."""
        prepared = map(self.prepared, facts)
        while chunk := list(islice(prepared, self.chunk)):
            self.record_many(chunk)

    @abstractmethod
    def page(self, subject: Ref, number: int) -> Read:
        """Return what reads a page of a subject, newest first; the first has number 1."""

    @abstractmethod
    def close(self) -> None:
        """Close connections."""
