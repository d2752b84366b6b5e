"""The errors of SQLite, and what they mean."""

from __future__ import annotations

import sqlite3
from typing import Final

from activitylog.errors import SchemaMismatch, StorageError, StorageUnavailable, WriteConflict

__all__ = ["error_code", "is_locked", "translated"]

_BOUND: Final = "if it is a transaction of your own, write through bound_to(its session or connection)"

_UNAVAILABLE: Final = {
    sqlite3.SQLITE_READONLY: "it is read-only: allow this process to write the file and its folder",
    sqlite3.SQLITE_FULL: "the disk, or the size that the database may have, is full: make room, then try again",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write it",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: restore it from a backup",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database, or an encrypted one: check the path",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: its folder must exist, and this process must be allowed to use it",
    sqlite3.SQLITE_PERM: "this process has no permission to open it",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
}
_TRANSIENT: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM})


def is_locked(error: sqlite3.Error) -> bool:
    """Tell whether another connection holds a lock that this one needs."""
    return error_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def error_code(error: BaseException) -> int:
    """Return the primary code of the error, which is the low byte of SQLite's extended one."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def translated(cause: BaseException, name: str) -> StorageError:
    """Return ours for an error of the driver's."""
    code = error_code(cause)
    if getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY_SNAPSHOT:
        return WriteConflict(f"{name}: another writer came first: roll the transaction back and run it again")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StorageUnavailable(f"{name}: another writer holds the lock for too long; {_BOUND}", retry=True)
    if code in _UNAVAILABLE:
        return StorageUnavailable(f"{name}: {_UNAVAILABLE[code]}", retry=code in _TRANSIENT)
    if code == sqlite3.SQLITE_ERROR:
        return SchemaMismatch(f"{name}: the tables of activitylog are missing or not as expected: run setup()")
    kind = getattr(cause, "sqlite_errorname", type(cause).__name__)
    return StorageError(f"{name}: the statement failed ({kind})")
