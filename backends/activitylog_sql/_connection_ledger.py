"""Who is to be called back when a connection's transaction is committed, kept along the host's own savepoints."""

from __future__ import annotations

from typing import Any, Final
from weakref import WeakKeyDictionary

from attrs import define, field
from sqlalchemy import event
from sqlalchemy.engine import Connection, ExceptionContext

from activitylog.errors import NotAllowed
from activitylog_sql._work import Callback

__all__ = ["ConnectionLedger"]


@define(eq=False)
class ConnectionLedger:
    """The callbacks of a connection: of its open transaction, and of committed ones that the host has not told of."""

    _open: list[Callback] = field(factory=list)
    _marks: list[int] = field(factory=list)
    _ending: bool = False
    _due: list[Callback] = field(factory=list)

    @classmethod
    def of(cls, connection: Connection) -> ConnectionLedger:
        """Return the connection's one ledger."""
        ledger = _ledgers.get(connection)
        if ledger is None:
            ledger = _ledgers[connection] = cls()
            event.listen(connection, "begin", ledger._begin)
            event.listen(connection, "savepoint", ledger._mark)
            event.listen(connection, "release_savepoint", ledger._release)
            event.listen(connection, "rollback_savepoint", ledger._drop_level)
            event.listen(connection, "commit", ledger._end)
            event.listen(connection, "rollback", ledger._drop)
            if not event.contains(connection.engine, "handle_error", _drop_failed):
                event.listen(connection.engine, "handle_error", _drop_failed)
        return ledger

    def callbacks(self) -> list[Callback]:
        """Return those of the open transaction."""
        return self._open

    def committed(self) -> None:
        """Call back what is committed.

        Raises:
            NotAllowed: what there is to call back is not committed yet.
        """
        self._settle()
        if self._open and not self._due:
            raise NotAllowed("committed(): the connection's transaction is still open: call it after the commit")
        due, self._due = self._due, []
        for callback in due:
            callback()

    def _settle(self) -> None:
        if self._ending:
            self._due += self._open
            self._drop()

    def _begin(self, _: Connection) -> None:
        self._settle()  # a commit is announced before it is made; that the next begins tells that it was

    def _end(self, _: Connection) -> None:
        self._ending = True

    def _mark(self, *_: Any) -> None:
        self._marks.append(len(self._open))

    def _release(self, *_: Any) -> None:
        if self._marks:
            self._marks.pop()

    def _drop_level(self, *_: Any) -> None:
        del self._open[self._marks.pop() if self._marks else 0 :]

    def _drop(self, *_: Any) -> None:
        self._open, self._marks, self._ending = [], [], False

    def fail(self) -> None:
        """Forget what was about to be committed, because that failed."""
        if self._ending:
            self._drop()


_ledgers: Final[WeakKeyDictionary[Connection, ConnectionLedger]] = WeakKeyDictionary()


def _drop_failed(context: ExceptionContext) -> None:
    ledger = None if context.connection is None else _ledgers.get(context.connection)
    if ledger is not None:
        ledger.fail()
