"""Who is to be called back when a session's transaction is committed, kept along the host's own savepoints."""

from __future__ import annotations

from attrs import define, field
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from activitylog_sql._work import Callback

__all__ = ["SessionLedger"]


@define(eq=False)
class SessionLedger:
    """The callbacks of a session, by the savepoint, or outermost transaction, within which they were left."""

    _left: dict[SessionTransaction, list[Callback]] = field(factory=dict)
    _committed: bool = False

    @classmethod
    def of(cls, session: Session) -> SessionLedger:
        """Return the session's one ledger."""
        ledger: SessionLedger | None = session.info.get(cls)
        if ledger is None:
            ledger = session.info[cls] = cls()
            event.listen(session, "after_commit", ledger._end_level)
            event.listen(session, "after_transaction_end", ledger._end)
        return ledger

    def callbacks(self, session: Session) -> list[Callback]:
        """Return those of the session's innermost savepoint; the session is in a transaction."""
        level = session.get_nested_transaction() or session.get_transaction()
        return self._left.setdefault(level, []) if level else []

    def _end_level(self, session: Session) -> None:
        """Hand the callbacks of a released savepoint on to the one around it."""
        savepoint = session.get_nested_transaction()
        if savepoint is None:
            self._committed = True
            return
        around = savepoint.parent
        while around is not None and around.parent is not None and not around.nested:
            around = around.parent
        if around is not None:
            self._left.setdefault(around, []).extend(self._left.pop(savepoint, ()))

    def _end(self, _: Session, transaction: SessionTransaction) -> None:
        """Forget what was left within a transaction that ends; if it was the outermost and committed, call back."""
        callbacks = self._left.pop(transaction, [])
        if transaction.parent is None:
            committed, self._committed = self._committed, False
            for callback in callbacks if committed else ():
                callback()
