"""What a store's raw driver does with the same questions, in the same schema: the best that a hand would write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen

from benchmarks.measure import Work

__all__ = ["Asked", "Raw"]


@frozen
class Asked:
    """A page: of a subject or of the whole tenant, where these columns have these values, in one order."""

    ref: str = ""
    where: Mapping[str, str] = {}
    order: str = "occurred_at"
    newest_first: bool = True
    limit: int = 20


class Raw(ABC):
    """A connection of the driver's on a database that the library has set up."""

    @abstractmethod
    def page(self, asked: Asked, after: Any = None) -> Sequence[Any]:
        """Read a page, the first or the one after a position, as rows."""

    @abstractmethod
    def position(self, row: Any) -> Any:
        """Return where a row stands in the order of ``occurred_at``."""

    @abstractmethod
    def get(self, id: UUID) -> Sequence[Any]:
        """Read one entry."""

    @abstractmethod
    def history(self, id: UUID) -> Sequence[Any]:
        """Read the earlier versions of an entry."""

    @abstractmethod
    def arrived(self, recorded_at: Any, limit: int) -> Sequence[Any]:
        """Read what was recorded after a time."""

    @abstractmethod
    def count(self, ref: str) -> int:
        """Count the entries of a subject."""

    @abstractmethod
    def by_type_and_week(self, ref: str) -> Sequence[Any]:
        """Count the entries of a subject, or of the tenant, by type and week."""

    @abstractmethod
    def by_key(self, key: str) -> Sequence[Any]:
        """Read the id of the entry that has an idempotency key."""

    def pending(self, batch: UUID) -> Sequence[Any]:
        """Read the entries that wait for a batch, where there are such."""
        return ()

    @abstractmethod
    def purge(self, ids: Sequence[UUID]) -> None:
        """Remove entries with their links and versions, in one transaction where there are such."""

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Return the bytes of each table and each index that holds something."""

    @abstractmethod
    def indexes(self) -> Mapping[str, Any]:
        """Return the indexes that can be dropped, and what is to be said to have them again."""

    @abstractmethod
    def drop(self, index: str) -> None:
        """Drop an index."""

    @abstractmethod
    def create(self, index: str, again: Any) -> None:
        """Make an index again."""

    @abstractmethod
    def tidy(self) -> None:
        """Let the server do what it does by itself after a while: gather statistics, note what all can see."""

    @abstractmethod
    def written(self, work: Work) -> int:
        """Do work, and return the bytes that the store writes to its disk for it, right after a checkpoint.

        So each page that the work touches is written once, whole; what stays in memory for long is written less often.
        """

    @property
    @abstractmethod
    def version(self) -> str:
        """The product and its version."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""
