"""MySQL and MariaDB: their dialect, their errors, and their driver, PyMySQL."""

from __future__ import annotations

from activitylog_sql._mysql.database import MySQLDatabase
from activitylog_sql._mysql.dialect import MYSQL

__all__ = ["MYSQL", "MySQLDatabase"]
