"""PostgreSQL: its dialect, its errors, and its driver, psycopg 3."""

from __future__ import annotations

from activitylog_sql._postgresql.database import PostgreSQLDatabase
from activitylog_sql._postgresql.dialect import POSTGRESQL

__all__ = ["POSTGRESQL", "PostgreSQLDatabase"]
