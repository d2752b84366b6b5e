"""The store on SQL (SQLite in this release): a SQL shell can read it, and a host's transaction can hold it."""

from __future__ import annotations

from activitylog_sql._opening import open_storage, upgrade
from activitylog_sql._schema import include_object
from activitylog_sql._storage import MemorySQLStorage, SQLStorage

__all__ = ["MemorySQLStorage", "SQLStorage", "include_object", "open_storage", "upgrade"]
