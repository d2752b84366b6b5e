"""Works inside a transaction of the host's: on the driver connection of its Session or Connection, never ending it."""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from typing import Any, cast

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import UnboundExecutionError
from sqlalchemy.orm import Session, scoped_session

from activitylog.errors import Unsupported
from activitylog_sql._checkouts import file_of
from activitylog_sql._database import Database, begin, lacks_steps
from activitylog_sql._executor import Executor
from activitylog_sql._ledgers import ConnectionLedger, SessionLedger
from activitylog_sql._schema import run_steps
from activitylog_sql._work import Callback, Joined, Work

__all__ = ["bind"]


def bind(database: Database, handle: Any) -> Work:
    """Return the work inside the handle's transaction.

    Raises:
        Unsupported: the handle is of another kind, or of another database.
    """
    if isinstance(handle, scoped_session):
        handle = handle()
    if isinstance(handle, Session):
        return _OfSession(database, handle)
    if isinstance(handle, Connection):
        return _OfConnection(database, handle)
    raise Unsupported(
        f"bound_to: a {type(handle).__name__} cannot be joined: give a Session or a Connection of SQLAlchemy"
    )


class _Bound(Joined):
    """What a session and a connection have in common."""

    @abstractmethod
    def connection(self) -> Connection:
        """Return the host's connection, in a transaction as SQLAlchemy sees it."""

    def executor(self) -> Executor:
        with self.database.mapped:
            driver = _driver(self.connection())
            executor = Executor(driver.cursor())
            if not self.database.ready:
                self._complete(driver, executor)
            return executor

    def begin(self) -> None:
        driver = _driver(self.connection())
        if not driver.in_transaction:
            begin(driver)

    def undone(self) -> None:
        self.connection().invalidate()  # until the host rolls back, SQLAlchemy will not commit

    def check(self, connection: Connection) -> None:
        """Make sure that the connection leads to the store's own database."""
        driver: object = connection.connection.dbapi_connection
        if not isinstance(driver, sqlite3.Connection):
            raise Unsupported(f"bound_to: the store is in SQLite, and this handle leads to {connection.dialect.name}")
        if connection.engine.pool is not self.database.engine.pool and (
            not self.database.file or self.database.file != file_of(driver)
        ):
            raise Unsupported(
                "bound_to: the handle is of another database than the store: activities live and die with the "
                "data of the transaction, so open the log on the same file, or on the host's own engine"
            )

    def _complete(self, driver: sqlite3.Connection, executor: Executor) -> None:
        committed = not driver.in_transaction
        if lacks_steps(executor):
            self.begin()
            run_steps(executor)
        elif committed:
            self.database.ready = True


class _OfSession(_Bound):
    def __init__(self, database: Database, session: Session) -> None:
        super().__init__(database)
        self._session = session
        self._ledger = SessionLedger.of(session)
        self.check(self.connection())

    def connection(self) -> Connection:
        try:
            connection = self._session.connection()
        except UnboundExecutionError as error:
            raise Unsupported(
                "bound_to: the session has no engine of its own but one per class: bind the log to the session's "
                "connection of the store's database"
            ) from error
        _begin_before_savepoints(connection)
        return connection

    def callbacks(self) -> list[Callback]:
        return self._ledger.callbacks(self._session)

    def after_commit(self, callback: Callback) -> None:
        if self._session.in_transaction():
            super().after_commit(callback)
        else:
            callback()


class _OfConnection(_Bound):
    def __init__(self, database: Database, connection: Connection) -> None:
        super().__init__(database)
        self._connection = connection
        self._ledger = ConnectionLedger.of(connection)
        self.check(connection)

    def connection(self) -> Connection:
        if not self._connection.in_transaction():
            self._connection.begin()
        _begin_before_savepoints(self._connection)
        return self._connection

    def callbacks(self) -> list[Callback]:
        return self._ledger.callbacks()

    def after_commit(self, callback: Callback) -> None:
        if self._connection.in_transaction():
            super().after_commit(callback)
        else:
            callback()

    def committed(self) -> None:
        self._ledger.committed()


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)


def _begin_before_savepoints(connection: Connection) -> None:
    """Mend what Python's driver does not do: without a BEGIN the release of a first savepoint is a commit."""
    if not event.contains(connection, "savepoint", _begin_first):
        event.listen(connection, "savepoint", _begin_first)


def _begin_first(connection: Connection, _: Any) -> None:
    driver = _driver(connection)
    if not driver.in_transaction:
        driver.execute("BEGIN")
