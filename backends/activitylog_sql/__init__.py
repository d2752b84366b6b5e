"""The store on SQL: a SQL shell can read it, and a host's transaction can hold it."""

from __future__ import annotations

from activitylog_sql._host import Host
from activitylog_sql._hosted import HostedStorage, host_storage, upgrade_host
from activitylog_sql._models import model_ref
from activitylog_sql._notices import Notices
from activitylog_sql._opening import open_storage, upgrade
from activitylog_sql._schema import include_object
from activitylog_sql._session_transactions import SessionTransactions
from activitylog_sql._storage import MemorySQLStorage, SQLStorage
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
