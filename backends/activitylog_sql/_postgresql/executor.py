"""The executor on psycopg's cursor, which can also copy rows in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from psycopg import Connection, Error, RawCursor
from psycopg.pq import TransactionStatus

from activitylog_sql._executor import AT_ONCE, Executor, Row

__all__ = ["PostgreSQLExecutor"]


class PostgreSQLExecutor(Executor):
    """Statements leave as they are, with ``$1``: the driver looks for no marks in them."""

    __slots__ = ("_raw",)

    def __init__(self, connection: Connection[Any]) -> None:
        self._raw: RawCursor[Any] = RawCursor(connection)
        super().__init__(self._raw, "$")

    def stream(self, statement: str, values: Row) -> Iterator[Any]:
        """Have the server keep what is not read yet: to the driver an answer is one piece."""
        with self._transaction():
            self.run(f"DECLARE activitylog_rows NO SCROLL CURSOR FOR {statement}", (values,))
            try:
                while rows := self.run(f"FETCH {AT_ONCE} FROM activitylog_rows"):
                    yield from rows
            finally:
                with suppress(Error):  # an error has closed it already
                    self.run("CLOSE activitylog_rows")

    def _transaction(self) -> AbstractContextManager[Any]:
        """Begin a transaction, in which alone there are cursors, unless one is open or the driver begins it."""
        return self._begun()

    @contextmanager
    def _begun(self) -> Iterator[None]:
        connection = self._raw.connection
        if not connection.autocommit or connection.info.transaction_status is not TransactionStatus.IDLE:
            yield
            return
        self.run("BEGIN READ ONLY")
        try:
            yield
        finally:
            self.run("ROLLBACK")

    def copy(self, statement: str, rows: Iterable[Row]) -> None:
        """Run a ``COPY … FROM STDIN`` with these rows."""
        with self._raw.copy(statement) as copy:
            write = copy.write_row
            for row in rows:
                write(row)
