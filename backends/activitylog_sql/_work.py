"""Where the statements of a store run: each call in a transaction of its own, or all in one that is open already."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from threading import local
from typing import ClassVar, Final, TypeVar

from activitylog.errors import NotAllowed, Unsupported
from activitylog_sql._database import Database, DriverConnection, DriverDatabase
from activitylog_sql._executor import Executor
from activitylog_sql._retrying import retried

__all__ = ["Callback", "Extent", "Joined", "Own", "Work"]

Callback = Callable[[], None]

_Answer = TypeVar("_Answer")


class Extent(Enum):
    """How much an action writes: with that it is decided what has to stand around it."""

    STATEMENT = "a single statement"
    ENTRY = "one entry with its links"
    """Where it is refused, nothing was written: only an error of the database can leave a part of it."""
    SEVERAL = "several"


class Work(ABC):
    """Gives executors, and keeps what is to be called back after the commit."""

    database: Database

    @abstractmethod
    def reading(self) -> AbstractContextManager[Executor]:
        """Give an executor for statements that read."""

    @abstractmethod
    def write(self, action: Callable[[Executor], _Answer], extent: Extent = Extent.SEVERAL) -> _Answer:
        """Run an action whose statements are all done or none."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Work]:
        """Give a work whose calls are all or nothing."""

    @abstractmethod
    def after_commit(self, callback: Callback) -> None:
        """Call back once what was written until now is committed."""

    def awaits(self, callback: Callback) -> bool:
        """Tell whether the callback is still to come."""
        return False

    def committed(self) -> None:
        """Take the host's word for the commit."""
        raise Unsupported("committed() is for a log that is bound to a Connection")


class Own(Work):
    """Each call is a transaction of its own."""

    def __init__(self, database: DriverDatabase) -> None:
        self.database: DriverDatabase = database

    def reading(self) -> AbstractContextManager[Executor]:
        return self.database.reading()

    def write(self, action: Callable[[Executor], _Answer], extent: Extent = Extent.SEVERAL) -> _Answer:
        """Run it in a transaction of its own, and again where that has to give way to another."""

        def once() -> _Answer:
            alone = extent is Extent.STATEMENT
            with self.database.alone() if alone else self.database.writing() as executor:
                return action(executor)

        return retried(once)

    @contextmanager
    def transaction(self) -> Iterator[Work]:
        callbacks: list[Callback] = []
        with self.database.transaction() as connection:
            work = _InTransaction(self.database, connection, callbacks)
            try:
                yield work
            finally:
                work.ended = True
        while callbacks:
            callbacks.pop(0)()

    def after_commit(self, callback: Callback) -> None:
        callback()


class Joined(Work):
    """All calls take part in one open transaction, each that writes within a savepoint."""

    guards_statements: ClassVar[bool] = True
    """Whether a single statement has a savepoint too, so that the transaction outlives its failure."""

    def __init__(self, database: DriverDatabase) -> None:
        self.database: DriverDatabase = database

    @abstractmethod
    def executor(self) -> Executor:
        """Return an executor in the transaction."""

    @abstractmethod
    def callbacks(self) -> list[Callback]:
        """Return the list of those to be called back if the innermost savepoint, as it is now, is kept."""

    @contextmanager
    def reading(self) -> Iterator[Executor]:
        with self.database.mapped:
            yield self.executor()

    def write(self, action: Callable[[Executor], _Answer], extent: Extent = Extent.SEVERAL) -> _Answer:
        guarded = self.guards_statements or extent is not Extent.STATEMENT
        around = self._savepoint if guarded else self._plainly
        with self.database.mapped, around() as executor:
            return action(executor)

    @contextmanager
    def transaction(self) -> Iterator[Work]:
        with self._savepoint():
            callbacks = self.callbacks()
            before = len(callbacks)
            try:
                yield self
            except BaseException:
                del callbacks[before:]
                raise

    def after_commit(self, callback: Callback) -> None:
        self.callbacks().append(callback)

    def awaits(self, callback: Callback) -> bool:
        return callback in self.callbacks()

    def begin(self) -> None:
        """Make sure, before a write, that the transaction is one to the driver too."""

    def undone(self) -> None:
        """See to it that nobody goes on in the transaction, which the database has ended, as if it were the same."""

    @contextmanager
    def _plainly(self) -> Iterator[Executor]:
        executor = self.executor()
        self.begin()
        yield executor

    @contextmanager
    def _savepoint(self) -> Iterator[Executor]:
        executor = self.executor()
        with _name() as name:
            with self.database.mapped:
                self.begin()
                executor.run(f"SAVEPOINT {name}")
            try:
                yield executor
            except BaseException:
                try:
                    executor.run(f"ROLLBACK TO SAVEPOINT {name}")
                    executor.run(f"RELEASE SAVEPOINT {name}")
                except self.database.driver_error:  # some errors undo the whole transaction
                    self.undone()
                raise
            with self.database.mapped:
                executor.run(f"RELEASE SAVEPOINT {name}")


@contextmanager
def _name() -> Iterator[str]:
    """Give a savepoint a name of its own: on MySQL a second one of a name takes the place of the first."""
    _depth.value = depth = getattr(_depth, "value", 0) + 1
    try:
        yield f"activitylog_{depth}"
    finally:
        _depth.value = depth - 1


_depth: Final = local()


class _InTransaction(Joined):
    """A transaction of our own."""

    def __init__(self, database: DriverDatabase, connection: DriverConnection, callbacks: list[Callback]) -> None:
        super().__init__(database)
        self._connection = connection
        self._callbacks = callbacks
        self.ended = False
        """Whether the block that it was given for was left."""

    def executor(self) -> Executor:
        if self.ended:
            raise NotAllowed("this transaction has ended: what is written now needs another, or none")
        self.database.still_open(self._connection)
        return self.database.executor(self._connection)

    def callbacks(self) -> list[Callback]:
        return self._callbacks
