"""One database: how a transaction of ours begins and ends on it, and how one of the host's is joined."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakSet

from activitylog.errors import Unsupported
from activitylog_sql._dialect import Dialect
from activitylog_sql._errors import Mapped
from activitylog_sql._executor import Executor
from activitylog_sql._search import WordIndex

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["Database", "DriverConnection", "DriverDatabase"]

DriverConnection = Any
"""A connection of PEP 249."""


class Database(ABC):
    """What every database has: a dialect, a schema, and errors that become ours."""

    dialect: ClassVar[Dialect]
    search_index: ClassVar[WordIndex]
    driver_error: ClassVar[type[Exception]]
    """The root of the driver's errors."""

    def __init__(self, *, mapped: Mapped) -> None:
        self.mapped = mapped
        self.ready = False
        """Whether the schema was found complete."""
        self.indexed = False
        """Whether the search index was found complete, when the schema was looked at."""

    @abstractmethod
    def setup(self, *, search_index: bool | None) -> None:
        """Run the steps of the schema that are missing; safe to repeat, and in several processes at once."""

    def partition(self, partitions: int) -> None:
        """Make the schema of an empty store with its tables split by tenants, or complete one that is so split.

        Raises:
            Unsupported: tables are not split here.
            SchemaMismatch: the store is there, and is split otherwise, or not at all.
        """
        raise Unsupported(f"partitions: {self.mapped.name}: only tables on PostgreSQL can be partitioned: leave it out")

    def scrub(self) -> None:  # noqa: B027
        """Remove from files of our own what was overwritten; on a server these are the server's."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections, if they are our own."""


class DriverDatabase(Database):
    """Gives executors on the driver's connections: our own or those of a host's engine, and a host's at work."""

    def __init__(self, *, mapped: Mapped) -> None:
        super().__init__(mapped=mapped)
        databases.add(self)

    # -- transactions of our own -------------------------------------------------------------------------------------

    @abstractmethod
    def reading(self) -> AbstractContextManager[Executor]:
        """Give an executor for statements that read."""

    @abstractmethod
    def alone(self) -> AbstractContextManager[Executor]:
        """Give an executor for a single statement that writes."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Executor]:
        """Give an executor in a transaction of its own."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[DriverConnection]:
        """Give a connection in a transaction, within which errors that are not the store's pass as they are."""

    @abstractmethod
    def upgrade(self, executor: Executor) -> None:
        """Run the steps that are missing within the host's transaction."""

    # -- transactions of the host's ----------------------------------------------------------------------------------

    @abstractmethod
    def executor(self, connection: DriverConnection) -> Executor:
        """Return an executor on a connection."""

    @abstractmethod
    def still_open(self, connection: DriverConnection) -> None:
        """Make sure that an error has not undone the transaction by itself.

        Raises:
            StorageUnavailable: it has; what was written in the transaction is lost.
        """

    @abstractmethod
    def check(self, connection: Connection) -> None:
        """Make sure that a host's connection leads to this database.

        Raises:
            Unsupported: it leads to another one, or has no transactions.
        """

    @abstractmethod
    def join(self, connection: Connection, executor: Executor) -> None:
        """See to it that the schema is complete, before the first work in a host's transaction."""

    def begin(self, connection: DriverConnection) -> None:
        """Make sure, before a write, that the host's transaction is one to the database too."""

    def watch(self, connection: Connection) -> None:
        """Prepare a host's connection for being joined."""

    # -- processes -----------------------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Prepare for a child process."""

    @abstractmethod
    def after_fork_in_child(self) -> None:
        """Leave to the parent what is the parent's."""


databases: WeakSet[DriverDatabase] = WeakSet()
"""Those that a fork concerns."""
