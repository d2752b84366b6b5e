"""Works inside a transaction of the host's: on the driver connection of its Session or Connection, never ending it."""

from __future__ import annotations

import sys
from abc import abstractmethod
from typing import Any

from sqlalchemy.engine import Connection

from activitylog.errors import Unsupported
from activitylog_sql._connection_ledger import ConnectionLedger
from activitylog_sql._database import DriverDatabase
from activitylog_sql._executor import Executor
from activitylog_sql._work import Callback, Joined

__all__ = ["Bound", "bind"]


def bind(database: DriverDatabase, handle: Any) -> Bound:
    """Return the work inside the handle's transaction.

    Raises:
        Unsupported: the handle is of another kind, or of another database.
    """
    if isinstance(handle, Connection):
        return _OfConnection(database, handle)
    if "sqlalchemy.orm" in sys.modules:  # whoever has a session has imported it, which takes as long as all of ours
        from activitylog_sql._session_binding import bound_session

        if (bound := bound_session(database, handle)) is not None:
            return bound
    raise Unsupported(
        f"bound_to: a {type(handle).__name__} cannot be joined: give a Session or a Connection of SQLAlchemy"
    )


class Bound(Joined):
    """What a session and a connection have in common."""

    guards_statements = False  # an entry costs the host one statement where it can; if that fails, so does its own

    @abstractmethod
    def connection(self) -> Connection:
        """Return the host's connection, in a transaction as SQLAlchemy sees it."""

    def executor(self) -> Executor:
        with self.database.mapped:
            connection = self.connection()
            executor = self.database.executor(connection.connection.dbapi_connection)
            if not self.database.ready:
                self.database.join(connection, executor)
            return executor

    def migrate(self) -> None:
        """Run the steps of the schema that are missing, as a part of the host's transaction."""
        with self.database.mapped:
            connection = self.connection().connection.dbapi_connection
            self.database.begin(connection)
            self.database.upgrade(self.database.executor(connection))

    def begin(self) -> None:
        self.database.begin(self.connection().connection.dbapi_connection)

    def undone(self) -> None:
        self.connection().invalidate()  # until the host rolls back, SQLAlchemy will not commit


class _OfConnection(Bound):
    def __init__(self, database: DriverDatabase, connection: Connection) -> None:
        super().__init__(database)
        self._connection = connection
        self._ledger = ConnectionLedger.of(connection)
        database.check(connection)

    def connection(self) -> Connection:
        if not self._connection.in_transaction():
            self._connection.begin()
        self.database.watch(self._connection)
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
