"""One SQLite database: its connections, its schema, and how a transaction of ours begins and ends."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property, partial
from threading import RLock
from time import monotonic, sleep
from typing import Any, Final, cast

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import PoolProxiedConnection, StaticPool

from activitylog.errors import NotAllowed, StorageUnavailable, Unsupported
from activitylog_sql._database import EngineDatabase
from activitylog_sql._errors import Mapped
from activitylog_sql._executor import Executor
from activitylog_sql._forking import leave_to_parent
from activitylog_sql._migration import found_steps, run_steps
from activitylog_sql._schema import SEARCH, missing
from activitylog_sql._search import switch
from activitylog_sql._sqlite.checkouts import file_of, forget_all, has_rival, mark_writing, renew, watch_pools
from activitylog_sql._sqlite.dialect import SQLITE
from activitylog_sql._sqlite.errors import error_code, is_locked, translated
from activitylog_sql._sqlite.search import SEARCH_INDEX

__all__ = ["SQLiteDatabase"]

_logger = logging.getLogger("activitylog")

_OWN_WRITE: Final = (
    "this thread has an open write on the same database, which would wait for itself: record through the log that "
    "transaction() gave, or, in a transaction of your own, through bound_to(your session or connection)"
)


class SQLiteDatabase(EngineDatabase):
    """A database in a file, or in memory; its schema is completed when it is first used."""

    dialect = SQLITE
    search_index = SEARCH_INDEX
    driver_error = sqlite3.Error

    def __init__(self, engine: Engine, *, owned: bool, patience: float = 30.0) -> None:
        watch_pools()
        mapped = Mapped(f"SQLite ({engine.url.database or 'in memory'})", sqlite3.Error, translated)
        super().__init__(engine, owned=owned, mapped=mapped)
        self._patience = patience
        self._preparing = RLock()
        self._turn = RLock()
        """Whose turn it is on the one connection that all threads share, where the pool has only one."""
        self._idle: list[PoolProxiedConnection] = []
        """Connections of our own that wait for work."""

    @property
    def in_memory(self) -> bool:
        """Whether the database is lost with its connection."""
        return self.engine.url.database in {None, "", ":memory:"}

    @contextmanager
    def reading(self) -> Iterator[Executor]:
        with self.mapped, self._connection() as connection:
            yield self.executor(connection)

    @contextmanager
    def writing(self) -> Iterator[Executor]:
        with self.mapped, self.transaction() as connection:
            yield self.executor(connection)

    def alone(self) -> AbstractContextManager[Executor]:
        return self.writing()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection, self._immediate(connection):
            yield connection

    def executor(self, connection: sqlite3.Connection) -> Executor:
        return Executor(connection.cursor(), "?")

    def still_open(self, connection: sqlite3.Connection) -> None:
        if not connection.in_transaction:
            raise StorageUnavailable(
                f"{self.mapped.name}: an error has undone the transaction: run it again", retry=True
            )

    def setup(self, *, search_index: bool | None) -> None:
        self._prepare()
        if search_index is not None:
            self.indexed = False
            with self.mapped, self._taken() as connection:
                begun = partial(self._immediate, connection)
                switch(self.search_index, self.dialect, self.executor(connection), begun, on=search_index)
            self.indexed = search_index

    def scrub(self) -> None:
        """Write the log of the file into the file, and cut it off: what was there before stands in it still."""
        with self.mapped, self._connection() as connection:
            [(busy, *_)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if busy:
            _logger.warning("somebody reads: the write-ahead log keeps what was erased until its next checkpoint")

    def upgrade(self, executor: Executor) -> None:
        run_steps(executor, self.dialect)

    def _prepare(self) -> None:
        with self._preparing, self.mapped, self._taken() as connection:
            if self.owned and not self.in_memory:
                self._use_wal(connection)
            settled = not connection.in_transaction
            if self._lacks_steps(self.executor(connection)):
                with self._immediate(connection):
                    run_steps(self.executor(connection), self.dialect)
            self.ready = settled  # what a host's transaction on the same connection made may yet go

    def _lacks_steps(self, executor: Executor) -> bool:
        found = found_steps(executor, self.dialect)
        self.indexed = SEARCH in found.values()
        return bool(missing(found))

    # -- transactions of the host's ----------------------------------------------------------------------------------

    def check(self, connection: Connection) -> None:
        driver: object = connection.connection.dbapi_connection
        if not isinstance(driver, sqlite3.Connection):
            raise Unsupported(f"bound_to: the store is in SQLite, and this handle leads to {connection.dialect.name}")
        level = getattr(connection.dialect, "_on_connect_isolation_level", None)
        if connection.get_execution_options().get("isolation_level", level) == "AUTOCOMMIT":
            raise Unsupported("bound_to: the handle commits each statement by itself: give one that has transactions")
        if connection.engine.pool is not self.engine.pool and (not self.file or self.file != file_of(driver)):
            raise Unsupported(
                "bound_to: the handle is of another database than the store: activities live and die with the "
                "data of the transaction, so open the log on the same file, or on the host's own engine"
            )

    def join(self, connection: Connection, executor: Executor) -> None:
        driver = driver_of(connection)
        committed = not driver.in_transaction
        if self._lacks_steps(executor):
            self.begin(driver)
            self.upgrade(executor)
        elif committed:
            self.ready = True

    def begin(self, connection: sqlite3.Connection) -> None:
        if not connection.in_transaction:
            _begin(connection)

    def watch(self, connection: Connection) -> None:
        """Mend what Python's driver does not do: without a BEGIN the release of a first savepoint is a commit."""
        if not event.contains(connection, "savepoint", _begin_first):
            event.listen(connection, "savepoint", _begin_first)

    @cached_property
    def file(self) -> str:
        """The real path of the database; empty for one in memory."""
        with self.mapped, self._taken() as connection:
            return file_of(connection)

    def close(self) -> None:
        if self.owned:
            idle, self._idle = self._idle, []
            for taken in idle:
                taken.close()
            self.engine.dispose()

    # -- connections -----------------------------------------------------------------------------------------------

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        if not self.ready:
            self._prepare()
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
            if not self.owned:
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
            _begin(connection)
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
        forget_all()
        self._turn, self._preparing = RLock(), RLock()
        if self.owned and not self.in_memory:
            leave_to_parent(self.engine.pool, self._idle)
            self._idle = []
            self.engine.dispose(close=False)


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Return the driver's connection in a connection of SQLAlchemy."""
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _begin_first(connection: Connection, _: Any) -> None:
    driver = driver_of(connection)
    if not driver.in_transaction:
        driver.execute("BEGIN")


def _begin(connection: sqlite3.Connection) -> None:
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
