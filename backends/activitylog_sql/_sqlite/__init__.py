"""SQLite: its dialect, its errors, and its connections."""

from __future__ import annotations

from activitylog_sql._sqlite.database import SQLiteDatabase
from activitylog_sql._sqlite.dialect import SQLITE
from activitylog_sql._sqlite.url import connections_of

__all__ = ["SQLITE", "SQLiteDatabase", "connections_of"]
