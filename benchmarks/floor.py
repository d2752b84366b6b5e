"""The floor: what a store's raw driver does with the same rows, in the same schema with the same indexes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from activitylog.storage import Record

__all__ = ["Floor"]


class Floor(ABC):
    """A connection of the driver's on a database that the library has set up."""

    @abstractmethod
    def rows(self, record: Record) -> Any:
        """Return the rows of a record, made beforehand: encoding is the library's work, not the floor's."""

    @abstractmethod
    def write(self, rows: Any) -> None:
        """Write one entry durably."""

    @abstractmethod
    def write_many(self, many: Sequence[Any]) -> None:
        """Write entries at once, as fast as the driver can."""

    @abstractmethod
    def page(self, tenant: str, ref: str, limit: int, after: Any = None) -> Sequence[Any]:
        """Read the newest entries of a subject, or those after a position, as rows."""

    @abstractmethod
    def position(self, row: Any) -> Any:
        """Return where a row of a page stands."""

    @abstractmethod
    def weeks(self, tenant: str) -> Sequence[Any]:
        """Count entries by week, by the best query that a hand would write."""

    @abstractmethod
    def types_by_week(self, tenant: str) -> Sequence[Any]:
        """Count entries by type and week, likewise."""

    @abstractmethod
    def waits(self, tenant: str) -> Sequence[Any]:
        """Count the gaps between incoming entries and their answers, and average them, likewise."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""
