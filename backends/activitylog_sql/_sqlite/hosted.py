"""SQLite on a framework's own connection."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from activitylog_sql._executor import Executor
from activitylog_sql._hosted import HostedDatabase
from activitylog_sql._schema import SCHEMA
from activitylog_sql._sqlite.dialect import SQLITE
from activitylog_sql._sqlite.errors import translated
from activitylog_sql._sqlite.search import SEARCH_INDEX

__all__ = ["HostedSQLite"]

_NOTHING: Final = f"UPDATE {SCHEMA} SET number = number WHERE 0"  # noqa: S608 -- a name of our own


class HostedSQLite(HostedDatabase):
    """The file is opened, journalled and locked as the framework has it."""

    dialect = SQLITE
    search_index = SEARCH_INDEX
    driver_error = sqlite3.Error
    translated = staticmethod(translated)

    def executor_on(self, cursor: Any) -> Executor:
        return Executor(cursor, "%s")

    def take_turn(self, executor: Executor) -> None:
        """Take the lock by a write of nothing: a transaction that has read is refused to write while another does."""
        executor.run(_NOTHING)
