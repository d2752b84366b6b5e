"""What a framework tells of its own database connection, so that the store takes part in its transactions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["Host"]


class Host(ABC):
    """A framework's own connection to a database, as an adapter gives it to ``host_storage``.

    Every method speaks of the connection of the calling thread, or task.

    Attributes:
        product: ``sqlite``, ``postgresql`` (by psycopg 3) or ``mysql`` (MariaDB too).
        name: of the database, for messages.
        remedy: what makes the schema, as people do it there: "run `manage.py migrate`".
    """

    product: str
    name: str
    remedy: str

    @abstractmethod
    def cursor(self, *, writing: bool) -> Any:
        """Return a cursor of PEP 249 that takes ``%s`` and raises the driver's own errors.

        What is only read, outside of a transaction, may come from a replica.
        """

    @abstractmethod
    def transaction(self) -> object | None:
        """Return what stands for the open transaction, or None outside of one.

        It can be weakly referenced, stays the same while the transaction goes on, and is another one as soon as any
        part of it was rolled back.
        """

    @abstractmethod
    def atomic(self) -> AbstractContextManager[Any]:
        """Begin a transaction, or within one a savepoint; an exception undoes it, and goes on to the caller."""

    @abstractmethod
    def doom(self) -> None:
        """See to it that the open transaction can only be rolled back: a part of something may have been written."""

    @abstractmethod
    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back after the outermost commit; never, if the savepoint around is rolled back. Outside of one: now."""

    @abstractmethod
    def awaits(self, callback: Callable[[], None]) -> bool:
        """Tell whether a callback is still to come."""
