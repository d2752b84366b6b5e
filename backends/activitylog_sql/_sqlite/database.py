"""One SQLite database: its connections, its schema, and how a transaction of ours begins and ends."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property, partial
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

from activitylog.errors import StorageUnavailable, Unsupported
from activitylog_sql._database import DriverDatabase
from activitylog_sql._executor import Executor
from activitylog_sql._migration import found_steps, run_steps
from activitylog_sql._schema import SEARCH, missing
from activitylog_sql._search import switch
from activitylog_sql._sqlite.checkouts import file_of, forget_all, watch_pools
from activitylog_sql._sqlite.connections import Connections
from activitylog_sql._sqlite.dialect import SQLITE
from activitylog_sql._sqlite.search import SEARCH_INDEX
from activitylog_sql._sqlite.transactions import begin, end

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["SQLiteDatabase"]

_logger = logging.getLogger("activitylog")


class SQLiteDatabase(DriverDatabase):
    """A database in a file, or in memory; its schema is completed when it is first used."""

    dialect = SQLITE
    search_index = SEARCH_INDEX
    driver_error = sqlite3.Error

    def __init__(self, connections: Connections) -> None:
        watch_pools()
        super().__init__(mapped=connections.mapped)
        self._connections = connections
        self._preparing = RLock()

    @property
    def in_memory(self) -> bool:
        """Whether the database is lost with its connection."""
        return self._connections.in_memory

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
            self._connections.prepare(connection)
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
        if not self._connections.includes(connection) and (not self.file or self.file != file_of(driver)):
            raise Unsupported(
                "bound_to: the handle is of another database than the store: activities live and die with the "
                "data of the transaction, so open the log on the same file, or on the host's own engine"
            )

    def join(self, connection: Connection, executor: Executor) -> None:
        driver = _driver_of(connection)
        committed = not driver.in_transaction
        if self._lacks_steps(executor):
            self.begin(driver)
            self.upgrade(executor)
        elif committed:
            self.ready = True

    def begin(self, connection: sqlite3.Connection) -> None:
        if not connection.in_transaction:
            begin(connection)

    def watch(self, connection: Connection) -> None:
        """Mend what Python's driver does not do: without a BEGIN the release of a first savepoint is a commit."""
        from sqlalchemy import event  # loaded, as there is a connection of its

        if not event.contains(connection, "savepoint", _begin_first):
            event.listen(connection, "savepoint", _begin_first)

    @cached_property
    def file(self) -> str:
        """The real path of the database; empty for one in memory."""
        with self.mapped, self._taken() as connection:
            return file_of(connection)

    def close(self) -> None:
        self._connections.close()

    # -- connections -----------------------------------------------------------------------------------------------

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        if not self.ready:
            self._prepare()
        return self._taken()

    def _taken(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._connections.taken()

    # -- transactions ----------------------------------------------------------------------------------------------

    @contextmanager
    def _immediate(self, connection: sqlite3.Connection) -> Iterator[None]:
        with self.mapped:
            begin(connection)
        try:
            yield
            self.still_open(connection)
            with self.mapped:
                end(connection, "COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                end(connection, "ROLLBACK")
            raise

    # -- processes -------------------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        self._connections.before_fork()

    def after_fork_in_child(self) -> None:
        forget_all()
        self._preparing = RLock()
        self._connections.after_fork_in_child()


def _driver_of(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _begin_first(connection: Connection, _: Any) -> None:
    driver = _driver_of(connection)
    if not driver.in_transaction:
        driver.execute("BEGIN")
