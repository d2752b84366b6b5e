"""The errors of PostgreSQL and psycopg, and what they mean."""

from __future__ import annotations

from typing import Final

import psycopg

from activitylog.errors import SchemaMismatch, StorageError, StorageUnavailable, WriteConflict

__all__ = ["translated"]

_PRIVILEGE: Final = (
    "this user lacks a privilege: grant SELECT, INSERT, UPDATE and DELETE on the tables of activitylog; who migrates "
    "has to own them, and needs CREATE on their schema"
)
_UNAVAILABLE: Final = {
    "25006": ("it, or this transaction, is read-only: write to the primary server", False),
    "42501": (_PRIVILEGE, False),
    "53100": ("its disk is full: make room, then try again", True),
    "53200": ("it is out of memory", True),
    "53300": ("it has too many connections: lower pool_size, or raise max_connections", True),
    "55P03": ("another transaction holds a lock for too long", True),
    "57014": ("the statement was cancelled, or ran into statement_timeout", True),
    "57P03": ("it is starting or stopping", True),
}
_LOST: Final = ("08", "57P0", "58", "25P03", "25P04")
_CONNECTING: Final = (
    ("authentication failed", "the user or the password is wrong"),
    ("no password supplied", "it wants a password"),
    ("does not exist", "there is no such database or user"),
    ("pg_hba.conf", "it does not let this user in from here: see its pg_hba.conf"),
)


def translated(error: BaseException, name: str) -> StorageError:
    """Return ours for an error of the driver's."""
    state = getattr(error, "sqlstate", None)
    if state in {"40001", "40P01"}:
        return WriteConflict(f"{name}: another transaction came first: roll back and run it again")
    if state in {"42P01", "42703", "3F000"}:
        return SchemaMismatch(
            f"{name}: the tables of activitylog are missing or not as expected: run `activitylog migrate --store URL`, "
            "or log.migrate()"
        )
    if state in {"42P07", "42701"}:
        return SchemaMismatch(
            f"{name}: something of the same name as a table, index or column of activitylog is there: rename it, then "
            "migrate again"
        )
    if state in _UNAVAILABLE:
        reason, retry = _UNAVAILABLE[state]
        return StorageUnavailable(f"{name}: {reason}", retry=retry)
    if state == "25P02":
        return StorageError(f"{name}: an earlier statement of this transaction has failed: roll it back")
    if state is None and isinstance(error, psycopg.OperationalError):
        for sign, reason in _CONNECTING:
            if sign in str(error):
                return StorageUnavailable(f"{name}: {reason}: check the URL", retry=False)
    if _is_lost(error):
        return StorageUnavailable(f"{name}: it cannot be reached, or the connection was lost: try again", retry=True)
    return StorageError(f"{name}: the statement failed ({state or type(error).__name__})")


def _is_lost(error: BaseException) -> bool:
    """Tell whether the connection is of no use any more."""
    state: str | None = getattr(error, "sqlstate", None)
    if state is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return state.startswith(_LOST)
