"""One SQLite database: its connections, its schema, and how a transaction of ours begins and ends."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from threading import RLock
from time import monotonic, sleep
from typing import Final, cast
from weakref import WeakSet

from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool, PoolProxiedConnection, StaticPool

from activitylog.errors import NotAllowed, StorageUnavailable
from activitylog_sql._checkouts import file_of, forget_all, has_rival, mark_writing, renew, watch_pools
from activitylog_sql._errors import Mapped, error_code, is_locked
from activitylog_sql._executor import Executor
from activitylog_sql._schema import SCHEMA, missing, run_steps

__all__ = ["Database", "begin", "lacks_steps"]

_OWN_WRITE: Final = (
    "this thread has an open write on the same database, which would wait for itself: record through the log that "
    "transaction() gave, or, in a transaction of your own, through bound_to(your session or connection)"
)


class Database:
    """Gives executors on an engine's own driver connections; ``owned`` tells whether the engine was made for it."""

    def __init__(self, engine: Engine, *, owned: bool, patience: float) -> None:
        watch_pools()
        self.engine = engine
        self.mapped = Mapped(f"SQLite ({engine.url.database or 'in memory'})")
        self._owned = owned
        self._patience = patience
        self.ready = False
        """Whether the schema was found complete."""
        self._preparing = RLock()
        self._turn = RLock()
        """Whose turn it is on the one connection that all threads share, where the pool has only one."""
        self._idle: list[PoolProxiedConnection] = []
        """Connections of our own that wait for work."""
        _databases.add(self)

    @property
    def in_memory(self) -> bool:
        """Whether the database is lost with its connection."""
        return self.engine.url.database in {None, "", ":memory:"}

    @contextmanager
    def reading(self) -> Iterator[Executor]:
        """Give an executor for statements that read."""
        with self.mapped, self._connection() as connection:
            yield Executor(connection.cursor())

    @contextmanager
    def writing(self) -> Iterator[Executor]:
        """Give an executor in a transaction of its own."""
        with self.mapped, self.transaction() as connection:
            yield Executor(connection.cursor())

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection in a transaction, within which errors that are not the store's pass as they are."""
        with self._connection() as connection, self._immediate(connection):
            yield connection

    def still_open(self, connection: sqlite3.Connection) -> None:
        """Make sure that SQLite has not, after an error, undone a transaction by itself.

        Raises:
            StorageUnavailable: it has; what was written in the transaction is lost.
        """
        if not connection.in_transaction:
            raise StorageUnavailable(
                f"{self.mapped.name}: an error has undone the transaction: run it again", retry=True
            )

    def prepare(self) -> None:
        """Create what is missing of the schema; safe to repeat, and in several threads and processes at once."""
        with self._preparing, self.mapped, self._taken() as connection:
            if self._owned and not self.in_memory:
                self._use_wal(connection)
            settled = not connection.in_transaction
            if lacks_steps(Executor(connection.cursor())):
                with self._immediate(connection):
                    run_steps(Executor(connection.cursor()))
            self.ready = settled  # what a host's transaction on the same connection made may yet go

    @cached_property
    def file(self) -> str:
        """The real path of the database; empty for one in memory."""
        with self.mapped, self._taken() as connection:
            return file_of(connection)

    def close(self) -> None:
        """Close the connections, if they are our own."""
        if self._owned:
            idle, self._idle = self._idle, []
            for taken in idle:
                taken.close()
            self.engine.dispose()

    # -- connections -----------------------------------------------------------------------------------------------

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        if not self.ready:
            self.prepare()
        return self._taken()

    @contextmanager
    def _taken(self) -> Iterator[sqlite3.Connection]:
        pool = self.engine.pool
        if isinstance(pool, StaticPool):
            # taken and given back, the one connection would lose whatever transaction the host has open on it
            with self._turn:
                with self.mapped:
                    connection = cast("sqlite3.Connection", pool.connection.dbapi_connection)
                yield connection
            return
        taken = self._checked_out()
        connection = cast("sqlite3.Connection", taken.dbapi_connection)
        try:
            yield connection
        finally:
            if not self._owned:
                taken.close()
            elif connection.in_transaction:  # it could not even be rolled back
                taken.invalidate()
            else:
                self._idle.append(taken)

    def _checked_out(self) -> PoolProxiedConnection:
        """Take an idle connection of our own, or one from the pool, whose way out and back costs as much as a page."""
        try:
            taken = self._idle.pop()
        except IndexError:
            with self.mapped:
                return self.engine.raw_connection()
        renew(taken.dbapi_connection)
        return taken

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        """Switch the file to a write-ahead log; SQLite does not wait for its lock to do so."""
        give_up = monotonic() + self._patience
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error_code(error) == sqlite3.SQLITE_READONLY:  # it can be read as it is
                    return
                if not is_locked(error) or monotonic() > give_up:
                    raise
                if has_rival(connection):
                    raise NotAllowed(_OWN_WRITE) from error
                sleep(0.005)

    # -- transactions ----------------------------------------------------------------------------------------------

    @contextmanager
    def _immediate(self, connection: sqlite3.Connection) -> Iterator[None]:
        with self.mapped:
            begin(connection)
        try:
            yield
            self.still_open(connection)
            with self.mapped:
                _end(connection, "COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                _end(connection, "ROLLBACK")
            raise

    # -- processes -------------------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Close what is idle: SQLite's locks do not survive in the child, and its books there would say they did."""
        if not self.in_memory:
            self.close()

    def after_fork_in_child(self) -> None:
        """Leave to the parent what was in use; to close it here would be as wrong as to use it."""
        self._turn, self._preparing = RLock(), RLock()
        if self._owned and not self.in_memory:
            _left_to_parents.append((self.engine.pool, self._idle))
            self._idle = []
            self.engine.dispose(close=False)


def lacks_steps(executor: Executor) -> bool:
    """Tell whether the database lacks a step of the schema."""
    present = executor.run(f"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{SCHEMA}'")
    return bool(missing(executor, present=bool(present)))


def begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that writes, and wait for its turn; but not for this thread itself.

    Raises:
        NotAllowed: this thread holds the lock through another connection, or is in a transaction on this one.
    """
    if _always_in_transaction(connection):
        connection.execute("ROLLBACK")
    if connection.in_transaction:
        raise NotAllowed(_OWN_WRITE)
    if has_rival(connection):
        _begin_without_waiting(connection)
    else:
        connection.execute("BEGIN IMMEDIATE")
    mark_writing(connection)


def _begin_without_waiting(connection: sqlite3.Connection) -> None:
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_locked(error):
            raise NotAllowed(_OWN_WRITE) from error
        raise
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def _end(connection: sqlite3.Connection, word: str) -> None:
    if connection.in_transaction:
        connection.execute(word)
    if _always_in_transaction(connection):
        connection.execute("BEGIN")


def _always_in_transaction(connection: sqlite3.Connection) -> bool:
    """Tell whether a host has made its driver open a transaction after each (``autocommit=False``, Python 3.12)."""
    return getattr(connection, "autocommit", None) is False


_databases: Final[WeakSet[Database]] = WeakSet()
_left_to_parents: Final[list[tuple[Pool, list[PoolProxiedConnection]]]] = []


def _before_fork() -> None:
    for database in list(_databases):
        database.before_fork()


def _after_fork_in_child() -> None:
    forget_all()
    for database in list(_databases):
        database.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
