"""SQLite: its dialect, its errors, and its connections."""

from __future__ import annotations

from activitylog_sql._sqlite.database import SQLiteDatabase
from activitylog_sql._sqlite.dialect import SQLITE

__all__ = ["SQLITE", "SQLiteDatabase"]
