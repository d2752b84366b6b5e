"""How a transaction of ours begins and ends on a connection to SQLite."""

from __future__ import annotations

import sqlite3
from typing import Final

from activitylog.errors import NotAllowed
from activitylog_sql._sqlite.checkouts import has_rival, mark_writing
from activitylog_sql._sqlite.errors import is_locked

__all__ = ["OWN_WRITE", "begin", "end"]

OWN_WRITE: Final = (
    "this thread has an open write on the same database, which would wait for itself: record through the log that "
    "transaction() gave, or, in a transaction of your own, through bound_to(your session or connection)"
)


def begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that writes, and wait for its turn; but not for this thread itself.

    Raises:
        NotAllowed: this thread holds the lock through another connection, or is in a transaction on this one.
    """
    if _always_in_transaction(connection):
        connection.execute("ROLLBACK")
    if connection.in_transaction:
        raise NotAllowed(OWN_WRITE)
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
            raise NotAllowed(OWN_WRITE) from error
        raise
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def end(connection: sqlite3.Connection, word: str) -> None:
    """End it with this word, if it is still open."""
    if connection.in_transaction:
        connection.execute(word)
    if _always_in_transaction(connection):
        connection.execute("BEGIN")


def _always_in_transaction(connection: sqlite3.Connection) -> bool:
    """Tell whether a host has made its driver open a transaction after each (``autocommit=False``, Python 3.12)."""
    return getattr(connection, "autocommit", None) is False
