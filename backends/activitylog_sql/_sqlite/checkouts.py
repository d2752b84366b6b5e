"""Which connections to SQLite this thread holds: a write of its own that waits for one of them would wait for ever.

SQLite gives a second connection no other answer than "locked". So who takes a connection notes it here: we for our own,
and the pools of SQLAlchemy for the host's.
"""

from __future__ import annotations

import sqlite3
import sys
from functools import cache
from pathlib import Path
from threading import get_ident
from typing import Any, Final

from attrs import define

__all__ = ["file_of", "forget", "forget_all", "has_rival", "mark_writing", "note", "watch_pools"]


@define
class _Checkout:
    connection: sqlite3.Connection
    thread: int
    changes: int
    writing: bool = False

    def is_writing(self) -> bool:
        """Tell whether the connection is sure to be within a write, as far as Python can see."""
        connection = self.connection
        try:
            if not connection.in_transaction:
                return False
        except sqlite3.ProgrammingError:  # it was closed by hand
            return False
        # the driver's own mode begins a transaction only in order to write; any other may have read only
        by_driver = connection.isolation_level is not None and getattr(connection, "autocommit", -1) == -1
        return self.writing or by_driver or connection.total_changes > self.changes


_held: Final[dict[int, _Checkout]] = {}


def watch_pools() -> None:
    """Begin to note what is taken from pools, if there can be any; connections that are out already stay unknown."""
    if "sqlalchemy.pool" in sys.modules:
        _watch_pools()


@cache
def _watch_pools() -> None:
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    event.listen(Pool, "checkout", _note_checkout)
    for name in ("checkin", "invalidate", "soft_invalidate", "detach"):
        event.listen(Pool, name, _forget_checkout)


def _note_checkout(connection: Any, *_: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        note(connection)


def _forget_checkout(connection: Any, *_: Any) -> None:
    forget(connection)


def note(connection: sqlite3.Connection) -> None:
    """Note that this thread has taken a connection."""
    _held[id(connection)] = _Checkout(connection, get_ident(), connection.total_changes)


def forget(connection: sqlite3.Connection) -> None:
    """Note that it was given back."""
    _held.pop(id(connection), None)


def forget_all() -> None:
    """Forget what a parent process had taken."""
    _held.clear()


def mark_writing(connection: sqlite3.Connection) -> None:
    """Note that a connection that was taken has begun to write."""
    checkout = _held.get(id(connection))
    if checkout is not None:
        checkout.writing = True


def has_rival(connection: sqlite3.Connection) -> bool:
    """Tell whether this thread holds another connection that is within a write to the same file."""
    if len(_held) < 2:
        return False
    thread = get_ident()
    file = None
    for checkout in list(_held.values()):
        if checkout.thread == thread and checkout.connection is not connection and checkout.is_writing():
            file = file or file_of(connection)
            if file and file == file_of(checkout.connection):
                return True
    return False


def file_of(connection: sqlite3.Connection) -> str:
    """Return the real path of a connection's database; empty for one in memory."""
    path = next(row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    return str(Path(path).resolve()) if path else ""
