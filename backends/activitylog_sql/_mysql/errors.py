"""The errors of MySQL, MariaDB and PyMySQL, and what they mean."""

from __future__ import annotations

from typing import Final

from pymysql.constants import CR, ER
from pymysql.err import InterfaceError

from activitylog.errors import SchemaMismatch, StorageError, StorageUnavailable, WriteConflict

__all__ = ["translated"]

_READ_ONLY: Final = ("it, or this transaction, is read-only: write to the primary server", False)
_FULL: Final = ("its disk is full: make room, then try again", True)
_DENIED: Final = ("the user or the password is wrong, or the user may not use this database: check the URL", False)
_PRIVILEGE: Final = (
    "this user lacks a privilege: grant SELECT, INSERT, UPDATE and DELETE on the tables of activitylog; who migrates "
    "needs CREATE, ALTER, INDEX and DROP too, and TRIGGER for a search index"
)
_TRIGGERS: Final = (
    "its binary log lets only a user with SUPER make the triggers of the search index, unless "
    "log_bin_trust_function_creators is 1: set that, or leave the index out"
)
_CANCELLED: Final = ("the statement was cancelled, or ran for too long", True)
_UNAVAILABLE: Final[dict[int, tuple[str, bool]]] = {
    ER.ACCESS_DENIED_ERROR: _DENIED,
    1698: _DENIED,
    ER.HOST_NOT_PRIVILEGED: _DENIED,
    ER.DBACCESS_DENIED_ERROR: _DENIED,
    ER.BAD_DB_ERROR: ("there is no such database: check the URL", False),
    ER.TABLEACCESS_DENIED_ERROR: (_PRIVILEGE, False),
    ER.COLUMNACCESS_DENIED_ERROR: (_PRIVILEGE, False),
    ER.SPECIFIC_ACCESS_DENIED_ERROR: (_PRIVILEGE, False),
    ER.OPTION_PREVENTS_STATEMENT: _READ_ONLY,
    1792: _READ_ONLY,
    1836: _READ_ONLY,
    ER.DISK_FULL: _FULL,
    ER.RECORD_FILE_FULL: _FULL,
    ER.CON_COUNT_ERROR: ("it has too many connections: lower pool_size, or raise max_connections", True),
    ER.TOO_MANY_USER_CONNECTIONS: ("its user has too many connections: lower pool_size", True),
    ER.BINLOG_CREATE_ROUTINE_NEED_SUPER: (_TRIGGERS, False),
    1665: ("its binary log is kept by statement: set binlog_format to ROW or MIXED", False),
    ER.QUERY_INTERRUPTED: _CANCELLED,
    1969: _CANCELLED,
    3024: _CANCELLED,
    ER.LOCK_WAIT_TIMEOUT: ("another transaction holds a lock for too long", True),
    ER.SERVER_SHUTDOWN: ("it is stopping", True),
    ER.NET_PACKET_TOO_LARGE: ("it takes no entry of this size: raise max_allowed_packet to 16M", False),
    ER.CRASHED_ON_USAGE: ("a table is damaged", False),
}
_LOST: Final = frozenset(
    {CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, CR.CR_CONN_HOST_ERROR, CR.CR_CONNECTION_ERROR, 2055, 1927, 1080, 0}
)
_CONFLICTS: Final = frozenset({ER.LOCK_DEADLOCK, ER.CHECKREAD})
_NO_TABLES: Final = frozenset({ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR})


def translated(error: BaseException, name: str) -> StorageError:
    """Return ours for an error of the driver's."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else None
    if code in _CONFLICTS:
        return WriteConflict(f"{name}: another transaction came first: roll back and run it again")
    if code in _NO_TABLES:
        return SchemaMismatch(
            f"{name}: the tables of activitylog are missing or not as expected: run `activitylog migrate --store URL`, "
            "or log.migrate()"
        )
    if code in _UNAVAILABLE:
        reason, retry = _UNAVAILABLE[code]
        return StorageUnavailable(f"{name}: {reason}", retry=retry)
    if code in _LOST or isinstance(error, InterfaceError):
        return StorageUnavailable(f"{name}: it cannot be reached, or the connection was lost: try again", retry=True)
    return StorageError(f"{name}: the statement failed ({code or type(error).__name__})")
