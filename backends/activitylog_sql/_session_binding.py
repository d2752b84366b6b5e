"""Works inside the transaction of a host's session."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import UnboundExecutionError
from sqlalchemy.orm import Session, scoped_session

from activitylog.errors import Unsupported
from activitylog_sql._binding import Bound
from activitylog_sql._database import DriverDatabase
from activitylog_sql._session_ledger import SessionLedger
from activitylog_sql._work import Callback

__all__ = ["bound_session"]


def bound_session(database: DriverDatabase, handle: Any) -> Bound | None:
    """Return the work inside the session's transaction, or None where the handle is no session."""
    session = handle() if isinstance(handle, scoped_session) else handle
    return _OfSession(database, session) if isinstance(session, Session) else None


class _OfSession(Bound):
    def __init__(self, database: DriverDatabase, session: Session) -> None:
        super().__init__(database)
        self._session = session
        self._ledger = SessionLedger.of(session)
        database.check(self.connection())

    def connection(self) -> Connection:
        try:
            connection = self._session.connection()
        except UnboundExecutionError as error:
            raise Unsupported(
                "bound_to: the session has no engine of its own but one per class: bind the log to the session's "
                "connection of the store's database"
            ) from error
        self.database.watch(connection)
        return connection

    def callbacks(self) -> list[Callback]:
        return self._ledger.callbacks(self._session)

    def after_commit(self, callback: Callback) -> None:
        if self._session.in_transaction():
            super().after_commit(callback)
        else:
            callback()
