"""The one place where the errors of the driver become ours."""

from __future__ import annotations

from types import TracebackType
from typing import Final

from bson.errors import BSONError
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from activitylog.errors import SchemaMismatch, StorageError, StorageUnavailable, WriteConflict

__all__ = ["MAPPED"]

_UNAVAILABLE: Final = {
    18: ("it does not accept this user and password: check the credentials and the authSource", False),
    13: ("this user is not allowed to do that: grant it readWrite on the database", False),
    8000: ("it does not accept this user and password: check the credentials and the authSource", False),
    14031: ("its disk is full: make room, then try again", True),
    12501: ("it is out of disk or memory: make room, then try again", True),
    50: ("it took longer than it was given: try again", True),
    11600: ("it is shutting down: try again", True),
    11601: ("it interrupted the call: try again", True),
    11602: ("its primary has changed: try again", True),
    91: ("it is shutting down: try again", True),
    189: ("its primary has stepped down: try again", True),
    10107: ("its primary has changed: try again", True),
    13435: ("its primary has changed: try again", True),
    13436: ("it is recovering: try again", True),
    64: ("it could not confirm the write in time: try again", True),
    100: ("too few of its members are there to confirm a write", True),
}
_TOO_LARGE: Final = frozenset({10334, 17419, 17420})
_BAD_VALUE: Final = 2
_CONFLICTS: Final = frozenset({112, 251, 244, 11000})
_TRANSIENT: Final = "TransientTransactionError"


class _Mapped:
    """A context that raises a driver's error as ours, with the driver's own as the cause; usable again and again."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, PyMongoError | BSONError):
            raise _translated(error) from error


MAPPED: Final = _Mapped()


def _translated(error: PyMongoError | BSONError) -> StorageError:
    transient = isinstance(error, PyMongoError) and error.has_error_label(_TRANSIENT)
    if transient or _code(error) in _CONFLICTS:
        return WriteConflict(
            "MongoDB: another writer came first: make the call again, or roll your transaction back and run it again"
        )
    match error:
        case ServerSelectionTimeoutError():
            return _unavailable("no server that takes writes answers: check that it runs and that the URL names it")
        case WaitQueueTimeoutError():
            return _unavailable("all connections of the pool are in use: try again, or raise maxPoolSize")
        case AutoReconnect() | ConnectionFailure():
            return _unavailable("the connection was lost; whether the call was done is not known: repeat it")
        case ExecutionTimeout() | WTimeoutError():
            return _unavailable("it took longer than it was given: try again")
        case DocumentTooLarge():
            return StorageError("MongoDB: a document is larger than the server takes (16 MB)")
        case InvalidOperation():
            return StorageUnavailable("MongoDB: the client was closed: open the log anew")
        case ConfigurationError():
            return StorageUnavailable(
                "MongoDB: the URL's options do not fit this server, or its name cannot be looked up: check the URL"
            )
        case OperationFailure():
            return _refused(_code(error), str(error))
        case _:
            return StorageError(f"MongoDB: the call failed ({type(error).__name__})")


def _refused(code: int | None, told: str) -> StorageError:
    if code in _UNAVAILABLE:
        reason, retry = _UNAVAILABLE[code]
        return StorageUnavailable(f"MongoDB: {reason}", retry=retry)
    if code in _TOO_LARGE:
        return StorageError("MongoDB: a document is larger than the server takes (16 MB)")
    if code == _BAD_VALUE and "replicated" in told:
        return StorageUnavailable("MongoDB: the server stands alone and cannot confirm a write by others: leave out w")
    if code == _BAD_VALUE and "hint" in told:
        return SchemaMismatch(
            "MongoDB: an index of activitylog's is missing, or not as expected: run `activitylog migrate --store URL` "
            "or log.migrate()"
        )
    return StorageError(f"MongoDB: the server refused the call (code {code})")


def _unavailable(reason: str) -> StorageUnavailable:
    return StorageUnavailable(f"MongoDB: {reason}", retry=True)


def _code(error: Exception) -> int | None:
    if isinstance(error, BulkWriteError):
        failed = [*error.details.get("writeErrors", ()), *error.details.get("writeConcernErrors", ())]
        return failed[0].get("code") if failed else None
    return error.code if isinstance(error, OperationFailure) else None
