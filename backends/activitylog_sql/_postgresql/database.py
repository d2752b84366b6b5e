"""One PostgreSQL database, by psycopg 3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import psycopg
from psycopg.pq import TransactionStatus

from activitylog.errors import InvalidInput, SchemaMismatch, Unsupported
from activitylog_sql._database import DriverConnection
from activitylog_sql._executor import Executor
from activitylog_sql._migration import found_steps
from activitylog_sql._postgresql.dialect import POSTGRESQL
from activitylog_sql._postgresql.errors import translated
from activitylog_sql._postgresql.executor import PostgreSQLExecutor
from activitylog_sql._postgresql.search import SEARCH_INDEX
from activitylog_sql._server import ServerDatabase

__all__ = ["PostgreSQLDatabase"]

_LOCK = 7_224_318_301_115_522
"""The advisory lock under which the schema is changed: any number that others are unlikely to use."""

_MOST_PARTITIONS: Final = 256
"""A server as it comes has the locks to create these in one transaction; for a thousand it has too few."""

_AT_WORK: Final = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR, TransactionStatus.ACTIVE})


class PostgreSQLDatabase(ServerDatabase):
    """Our own connections commit each statement, unless a transaction was begun."""

    dialect = POSTGRESQL
    search_index = SEARCH_INDEX
    driver_error = psycopg.Error
    driver: ClassVar = "psycopg"
    title: ClassVar = "PostgreSQL"
    identity: ClassVar = "SELECT system_identifier::text, current_database(), current_schema() FROM pg_control_system()"
    translated = staticmethod(translated)

    def executor(self, connection: DriverConnection) -> Executor:
        if isinstance(connection, psycopg.Connection):
            return PostgreSQLExecutor(connection)
        return Executor(connection.cursor(), "%s")  # of an asynchronous engine: SQLAlchemy's own waits for the driver

    def connect_options(self) -> dict[str, Any]:
        return {"autocommit": True, "client_encoding": "UTF8"}

    def prepare_connection(self, connection: psycopg.Connection[Any]) -> None:
        """Read times in UTC; have pages walk their index, however few hits are expected there: that may be wrong."""
        connection.execute("SET TIME ZONE 'UTC'; SET datestyle = 'ISO'; SET enable_sort = off")

    @contextmanager
    def borrowed(self, connection: psycopg.Connection[Any]) -> Iterator[None]:
        """Commit each statement while we have a host's connection: to the driver that is only a flag."""
        self._check_client_encoding(connection)
        before = connection.autocommit
        connection.autocommit = True
        try:
            yield
        finally:
            if self.in_transaction(connection):  # it cannot even be rolled back
                connection.close()
            if not connection.closed:
                connection.autocommit = before

    def begin_own(self, connection: psycopg.Connection[Any]) -> None:
        self.executor(connection).run("BEGIN ISOLATION LEVEL READ COMMITTED")

    def in_transaction(self, connection: psycopg.Connection[Any]) -> bool:
        """Tell whether a transaction is open, or a statement that was left before its end."""
        return connection.info.transaction_status in _AT_WORK

    def file_number(self, connection: psycopg.Connection[Any]) -> int:
        return -1 if connection.closed else connection.fileno()

    def check_transactions(self, connection: psycopg.Connection[Any]) -> None:
        if connection.autocommit and not self.in_transaction(connection):
            raise Unsupported("bound_to: the handle commits each statement by itself: give one that has transactions")
        self._check_client_encoding(connection)

    def _check_client_encoding(self, connection: psycopg.Connection[Any]) -> None:
        if connection.info.encoding != "utf-8":
            raise Unsupported(
                f"{self.mapped.name}: the connection's encoding is {connection.info.encoding}, which does not hold all "
                "texts: add client_encoding=utf8 to the engine's URL"
            )

    def check_encoding(self, executor: Executor) -> None:
        [(encoding,)] = executor.run("SHOW server_encoding")
        if encoding != "UTF8":
            raise Unsupported(
                f"{self.mapped.name}: its encoding is {encoding}, which does not hold all texts: create it with UTF8"
            )

    def partition(self, partitions: int) -> None:
        if not isinstance(partitions, int) or isinstance(partitions, bool) or not 1 <= partitions <= _MOST_PARTITIONS:
            raise InvalidInput("partitions", f"a whole number from 1 to {_MOST_PARTITIONS} is expected")
        with self._setting_up() as (connection, executor):
            found = found_steps(executor, self.dialect)
            there = self.dialect.partitions(executor)
            if found and there != partitions:
                split = f"split into {there} partitions" if there else "not partitioned"
                raise SchemaMismatch(
                    f"{self.mapped.name}: partitions: its tables are there, and {split}, which is decided once: "
                    f"migrate an empty database with partitions={partitions}, then bring the entries there by "
                    "`activitylog export` and `activitylog import jsonl`"
                )
            self._complete(connection, executor, found, partitions)

    def try_lock(self, executor: Executor) -> bool:
        """Take it or leave it: who builds an index would wait for a statement that waits for the lock."""
        return _is_true(executor, "pg_try_advisory_lock")

    def unlock(self, executor: Executor) -> None:
        executor.run("SELECT pg_advisory_unlock(?)", ((_LOCK,),))

    def upgrade(self, executor: Executor) -> None:
        """Keep the lock to the end of the host's transaction, in which alone the steps are seen until then."""
        self.wait_for_turn(lambda: _is_true(executor, "pg_try_advisory_xact_lock"))
        super().upgrade(executor)


def _is_true(executor: Executor, function: str) -> bool:
    return executor.run(f"SELECT {function}(?)", ((_LOCK,),)) == [(True,)]
