"""What a host's SQLAlchemy session tells of its transactions, where the store lies elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session, scoped_session

from activitylog_sql._session_ledger import SessionLedger

__all__ = ["SessionTransactions"]


class SessionTransactions:
    """The transactions of a host's session, for ``activitylog.deferring.DeferredStorage``.

    What is recorded in one is written after its outermost commit; what a rolled-back savepoint held is dropped. A
    session is in a transaction as soon as it has read anything.

    Args:
        session: the session, or the ``scoped_session`` that knows the one of now.
    """

    def __init__(self, session: Session | scoped_session[Any]) -> None:
        self._session = session

    def are_open(self) -> bool:
        """Tell whether the session is in a transaction."""
        session = self._now()
        return session is not None and session.in_transaction()

    def after_commit(self, callback: Callable[[], None], /) -> None:
        """Call back after the outermost commit; outside of a transaction, now."""
        session = self._now()
        if session is not None and session.in_transaction():
            SessionLedger.of(session).callbacks(session).append(callback)
        else:
            callback()

    def _now(self) -> Session | None:
        """Return the session of now; None where none was asked for yet."""
        if not isinstance(self._session, scoped_session):
            return self._session
        found: Session | None = self._session() if self._session.registry.has() else None
        return found
