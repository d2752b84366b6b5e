"""What writes: one call after the other, made whole by the journal, or by a transaction of the server's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from activitylog.storage import Appended, Document, Query, Record, Versioned

__all__ = ["Writer", "by_tenant"]


class Writer(ABC):
    """Answers the calls of the port that write."""

    @abstractmethod
    def append(self, records: Sequence[Record]) -> Sequence[Appended]:
        """Answer ``Storage.append``, of one record at least."""

    @abstractmethod
    def load(self, entries: Iterable[Versioned]) -> tuple[int, list[Versioned]]:
        """Add the entries that are new; return how many, and those that are to be completed one by one."""

    @abstractmethod
    def replace(self, record: Record, expected_version: int) -> None:
        """Answer ``Storage.replace``."""

    @abstractmethod
    def rewrite(self, entries: Iterable[Versioned]) -> None:
        """Answer ``Storage.rewrite``."""

    @abstractmethod
    def delete(self, query: Query, limit: int) -> int:
        """Answer ``Storage.delete``."""

    @abstractmethod
    def put(self, document: Document, expected_version: int) -> None:
        """Answer ``Storage.put_document``."""


def by_tenant(entries: Iterable[Versioned]) -> dict[str, dict[UUID, Versioned]]:
    """Return entries by tenant and id."""
    groups: dict[str, dict[UUID, Versioned]] = defaultdict(dict)
    for entry in entries:
        groups[entry[0].tenant][entry[0].id] = entry
    return groups
