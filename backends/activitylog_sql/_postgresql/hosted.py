"""PostgreSQL on a framework's own connection."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import psycopg
from psycopg.types.datetime import TimestamptzLoader

from activitylog.errors import Unsupported
from activitylog_sql._executor import Executor
from activitylog_sql._hosted import HostedDatabase
from activitylog_sql._postgresql.dialect import POSTGRESQL
from activitylog_sql._postgresql.errors import translated
from activitylog_sql._postgresql.executor import PostgreSQLExecutor
from activitylog_sql._postgresql.search import SEARCH_INDEX

__all__ = ["HostedPostgreSQL"]


class HostedPostgreSQL(HostedDatabase):
    """Settings of the session are the framework's; times are read with their zone, whatever it makes of its own."""

    dialect = POSTGRESQL
    search_index = SEARCH_INDEX
    driver_error = psycopg.Error
    translated = staticmethod(translated)

    def executor_on(self, cursor: Any) -> Executor:
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        return _HostedExecutor(cursor, self.host.atomic)

    def check(self, executor: Executor) -> None:
        for setting in ("server_encoding", "client_encoding"):
            [(encoding,)] = executor.run(f"SHOW {setting}")
            if encoding != "UTF8":
                raise Unsupported(f"{self.mapped.name}: its {setting} is {encoding}, which does not hold all texts")


class _HostedExecutor(PostgreSQLExecutor):
    """Runs on the framework's cursor, which puts the values in by its own way."""

    __slots__ = ("_atomic",)

    def __init__(self, cursor: Any, atomic: Callable[[], AbstractContextManager[Any]]) -> None:
        Executor.__init__(self, cursor, "%s")
        self._raw = cursor
        self._atomic = atomic

    def _transaction(self) -> AbstractContextManager[Any]:
        return self._atomic()
