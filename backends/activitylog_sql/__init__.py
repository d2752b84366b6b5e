"""The store on SQL: a SQL shell can read it, and a host's transaction can hold it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from activitylog_sql._host import Host
from activitylog_sql._hosted import HostedStorage, host_storage, upgrade_host
from activitylog_sql._notices import Notices
from activitylog_sql._opening import open_storage, upgrade
from activitylog_sql._schema import include_object
from activitylog_sql._storage import MemorySQLStorage, SQLStorage

if TYPE_CHECKING:
    from activitylog_sql._models import model_ref
    from activitylog_sql._session_transactions import SessionTransactions
    from activitylog_sql._tracking import track_changes

__all__ = [
    "Host",
    "HostedStorage",
    "MemorySQLStorage",
    "Notices",
    "SQLStorage",
    "SessionTransactions",
    "host_storage",
    "include_object",
    "model_ref",
    "open_storage",
    "track_changes",
    "upgrade",
    "upgrade_host",
]

_OF_SESSIONS: Final = {
    "SessionTransactions": "activitylog_sql._session_transactions",
    "model_ref": "activitylog_sql._models",
    "track_changes": "activitylog_sql._tracking",
}
"""What needs SQLAlchemy's ORM, which a store without sessions does not load."""


def __getattr__(name: str) -> Any:
    if name not in _OF_SESSIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_OF_SESSIONS[name]), name)
