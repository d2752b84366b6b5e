"""MySQL and MariaDB on a framework's own connection."""

from __future__ import annotations

from typing import Any

import pymysql

from activitylog.errors import Unsupported
from activitylog_sql._executor import Cursor, Executor
from activitylog_sql._hosted import HostedDatabase
from activitylog_sql._mysql.dialect import MYSQL
from activitylog_sql._mysql.errors import translated
from activitylog_sql._mysql.executor import MySQLExecutor
from activitylog_sql._mysql.search import SEARCH_INDEX

__all__ = ["HostedMySQL"]


class HostedMySQL(HostedDatabase):
    """The isolation of transactions is the framework's."""

    dialect = MYSQL
    search_index = SEARCH_INDEX
    driver_error = pymysql.MySQLError
    translated = staticmethod(translated)

    def executor_on(self, cursor: Any) -> Executor:
        return _HostedExecutor(cursor)

    def check(self, executor: Executor) -> None:
        [(charset, mode)] = executor.run("SELECT @@character_set_connection, @@sql_mode")
        if charset != "utf8mb4":
            raise Unsupported(
                f"{self.mapped.name}: the connection's character set is {charset}, which does not hold all texts: "
                "give the connection the option charset=utf8mb4"
            )
        if "STRICT_" not in mode:
            raise Unsupported(
                f"{self.mapped.name}: the connection's sql_mode cuts what is too long without a word: add "
                "STRICT_TRANS_TABLES to it"
            )


class _HostedExecutor(MySQLExecutor):
    """Reads an answer as the framework's cursor does: all of it at once."""

    __slots__ = ()

    def __init__(self, cursor: Any) -> None:
        Executor.__init__(self, cursor, "%s")

    def _streaming(self) -> Cursor:
        return self._cursor
