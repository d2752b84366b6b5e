"""One MySQL or MariaDB database, by PyMySQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar

import pymysql
from pymysql.constants import CLIENT, SERVER_STATUS

from activitylog.errors import Unsupported
from activitylog_sql._database import DriverConnection
from activitylog_sql._executor import Executor
from activitylog_sql._mysql.dialect import MYSQL
from activitylog_sql._mysql.errors import translated
from activitylog_sql._mysql.executor import MySQLExecutor
from activitylog_sql._mysql.search import SEARCH_INDEX
from activitylog_sql._server import ServerDatabase

__all__ = ["MySQLDatabase"]

_LOCK = "CONCAT('activitylog.', LEFT(SHA2(DATABASE(), 224), 50))"
"""The advisory lock under which the schema is changed; its names are the whole server's."""


class MySQLDatabase(ServerDatabase):
    """Our own connections commit each statement, unless a transaction was begun, and see what others committed."""

    dialect = MYSQL
    search_index = SEARCH_INDEX
    driver_error = pymysql.MySQLError
    driver: ClassVar = "pymysql"
    title: ClassVar = "MySQL"
    identity: ClassVar = "SELECT @@hostname, @@port, @@datadir, DATABASE()"
    translated = staticmethod(translated)

    def executor(self, connection: pymysql.Connection[Any]) -> Executor:
        return MySQLExecutor(connection.cursor())

    def connect_options(self) -> dict[str, Any]:
        return {"autocommit": True, "charset": "utf8mb4", "client_flag": CLIENT.FOUND_ROWS}

    def prepare_connection(self, connection: pymysql.Connection[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'")
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")

    def begin_own(self, connection: pymysql.Connection[Any]) -> None:
        executor = self.executor(connection)
        if not self.owned:  # whose sessions, as a rule, see what was there when their transaction began
            executor.run("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        executor.run("BEGIN")

    def alone(self) -> AbstractContextManager[Executor]:
        """Commit the statement, which a host's connection does not do by itself."""
        return self.reading() if self.owned else self.writing()

    def in_transaction(self, connection: DriverConnection) -> bool:
        return bool(connection.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    def file_number(self, connection: DriverConnection) -> int:
        return connection._sock.fileno() if connection.open else -1  # noqa: SLF001 -- the driver tells no other way

    def check_transactions(self, connection: pymysql.Connection[Any]) -> None:
        if connection.get_autocommit() and not self.in_transaction(connection):
            raise Unsupported("bound_to: the handle commits each statement by itself: give one that has transactions")
        self._check_charset(connection)

    def check_encoding(self, executor: Executor) -> None:
        """Take any database: the schema says its own character set, and our own connections theirs."""

    @contextmanager
    def changing(self, connection: pymysql.Connection[Any]) -> Iterator[None]:
        """Let each change of the schema commit, as it does by itself: what was cut off is completed by another run."""
        with self.mapped:
            yield
            connection.commit()

    @contextmanager
    def borrowed(self, connection: pymysql.Connection[Any]) -> Iterator[None]:
        self._check_charset(connection)
        yield

    def try_lock(self, executor: Executor) -> bool:
        return executor.run(f"SELECT GET_LOCK({_LOCK}, 1)") == [(1,)]

    def unlock(self, executor: Executor) -> None:
        executor.run(f"SELECT RELEASE_LOCK({_LOCK})")

    def upgrade(self, executor: Executor) -> None:
        """Keep the lock while tables change; that they have is seen at once."""
        with self.migrating(executor):
            super().upgrade(executor)

    def _check_charset(self, connection: pymysql.Connection[Any]) -> None:
        if connection.charset != "utf8mb4":
            raise Unsupported(
                f"{self.mapped.name}: the connection's character set is {connection.charset}, which does not hold all "
                "texts: add charset=utf8mb4 to the engine's URL"
            )
