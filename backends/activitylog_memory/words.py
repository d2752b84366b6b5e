"""The search index in memory: which entries have which words."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection

from attrs import define, field

from activitylog.storage import Record

__all__ = ["Words"]

_LAST = "\U0010ffff"
"""What comes after all that a word can hold."""


@define
class Words:
    """The distinct words in their order, each with the numbers of its entries' ids."""

    _ordered: list[str] = field(factory=list)
    _ids: dict[str, set[int]] = field(factory=dict)

    def add(self, record: Record) -> None:
        """Note an entry's words."""
        for word in record.words.split():
            if word not in self._ids:
                insort(self._ordered, word)
                self._ids[word] = set()
            self._ids[word].add(record.id.int)

    def remove(self, record: Record) -> None:
        """Forget an entry's words, and those that no other entry has."""
        for word in set(record.words.split()):
            self._ids[word].discard(record.id.int)
            if not self._ids[word]:
                del self._ids[word]
                del self._ordered[bisect_left(self._ordered, word)]

    def find(self, beginnings: Collection[str]) -> set[int]:
        """Return the numbers of the entries of which some word begins with each of these."""
        return set[int].intersection(*map(self._beginning, beginnings))

    def _beginning(self, text: str) -> set[int]:
        start, stop = bisect_left(self._ordered, text), bisect_left(self._ordered, text + _LAST)
        return set[int]().union(*(self._ids[word] for word in self._ordered[start:stop]))
