"""SQLite on a framework's own connection."""

from __future__ import annotations

import sqlite3
from typing import Any

from activitylog_sql._executor import Executor
from activitylog_sql._hosted import HostedDatabase
from activitylog_sql._sqlite.dialect import SQLITE
from activitylog_sql._sqlite.errors import translated
from activitylog_sql._sqlite.search import SEARCH_INDEX

__all__ = ["HostedSQLite"]


class HostedSQLite(HostedDatabase):
    """The file is opened, journalled and locked as the framework has it."""

    dialect = SQLITE
    search_index = SEARCH_INDEX
    driver_error = sqlite3.Error
    translated = staticmethod(translated)

    def executor_on(self, cursor: Any) -> Executor:
        return Executor(cursor, "%s")
