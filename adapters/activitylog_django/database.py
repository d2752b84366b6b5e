"""The host's own database as the store: through Django's connection, in Django's transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connections, router, transaction

from activitylog_sql import Host

__all__ = ["DjangoHost"]

_PRODUCTS: Final = ("sqlite", "postgresql", "mysql")


class DjangoHost(Host):
    """One of ``DATABASES``: what is written in ``atomic()`` lives and dies with it.

    Reads outside of a transaction go where the database routers send reads of ``model``, such as to a replica.

    Raises:
        ImproperlyConfigured: the database is none that activities can be kept in, or its driver is too old.
    """

    remedy = "run `manage.py migrate activitylog`"

    def __init__(self, alias: str, model: Any = None) -> None:
        connection = connections[alias]
        self.alias = alias
        self.product = connection.vendor
        self.name = f"{connection.display_name} ({alias})"
        self._model = model
        if self.product not in _PRODUCTS:
            raise ImproperlyConfigured(
                f"activities cannot be kept in the database {alias!r}, which is {connection.display_name}: set "
                "ACTIVITYLOG['DATABASE'] to one on SQLite, PostgreSQL, MySQL or MariaDB, or ACTIVITYLOG['STORE'] to "
                "a URL"
            )
        if self.product == "postgresql" and not hasattr(connection.Database, "ClientCursor"):
            raise ImproperlyConfigured(
                f"activities are kept in PostgreSQL by psycopg 3, and the database {alias!r} has psycopg2: "
                'install "psycopg[binary]", which Django prefers where both are there'
            )
        self._driver_cursor = _server_bound() if self.product == "postgresql" else None

    def cursor(self, *, writing: bool) -> Any:
        """Return Django's cursor: its statements are counted, logged and wrapped like those of the ORM."""
        alias = self.alias if writing or self._model is None else router.db_for_read(self._model)
        if alias != self.alias and self._is_atomic():
            alias = self.alias  # what was written in the transaction is seen there only
        cursor = connections[alias].cursor()
        if self._driver_cursor is not None:
            cursor.cursor = self._driver_cursor(cursor.connection)
        return _DriverCursor(cursor)

    def transaction(self) -> object | None:
        """Return what stands for the open transaction.

        Django makes a new list of callbacks with every commit and every rollback, of a savepoint too.
        """
        connection = connections[self.alias]
        if not connection.in_atomic_block:
            return None
        known: _Open | None = connection.__dict__.get(_ATTRIBUTE)
        if known is None or known.callbacks is not connection.run_on_commit:
            known = connection.__dict__[_ATTRIBUTE] = _Open(connection.run_on_commit)
        return known

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Begin a transaction or a savepoint; that the database refuses to begin or end it is the driver's error."""
        around = transaction.atomic(using=self.alias)
        with _UNWRAPPED:
            around.__enter__()
        try:
            yield
        except BaseException as error:
            if not around.__exit__(type(error), error, error.__traceback__):
                raise
        else:
            with _UNWRAPPED:
                around.__exit__(None, None, None)

    def doom(self) -> None:
        """Have Django roll back the innermost block that can be."""
        transaction.set_rollback(True, using=self.alias)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Leave it to ``on_commit``."""
        transaction.on_commit(callback, using=self.alias)

    def awaits(self, callback: Callable[[], None]) -> bool:
        """Look among the callbacks of the open transaction."""
        return any(callback is waiting for _, waiting, *_ in connections[self.alias].run_on_commit)

    def _is_atomic(self) -> bool:
        return bool(connections[self.alias].in_atomic_block)


def _server_bound() -> Any:
    from activitylog_django.server_bound import ServerBoundCursor  # needs psycopg

    return ServerBoundCursor


_ATTRIBUTE: Final = "_activitylog_open"


class _Open:
    """An open transaction, as long as nothing of it is rolled back."""

    def __init__(self, callbacks: list[Any]) -> None:
        self.callbacks = callbacks


class _Unwrapped:
    """A context that raises the driver's error in place of the one that Django makes of it."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # without a cause it is Django's own: its transaction is broken, say
        if isinstance(error, Error) and error.__cause__ is not None:
            raise _known(error.__cause__) from None


_UNWRAPPED: Final = _Unwrapped()


def _known(error: BaseException) -> BaseException:
    """Return an error of mysqlclient's as that of PyMySQL which has its name and code: the log knows those."""
    if not type(error).__module__.startswith("MySQLdb"):
        return error
    import pymysql

    known: BaseException = getattr(pymysql.err, type(error).__name__)(*error.args)
    return known


class _DriverCursor:
    """Django's cursor, with the driver's own errors."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, statement: str, values: Any) -> None:
        with _UNWRAPPED:
            self._cursor.execute(statement, values)

    def executemany(self, statement: str, rows: Any) -> None:
        with _UNWRAPPED:
            self._cursor.executemany(statement, rows)

    def fetchall(self) -> list[Any]:
        with _UNWRAPPED:
            return list(self._cursor.fetchall())

    def fetchmany(self, size: int) -> list[Any]:
        with _UNWRAPPED:
            return list(self._cursor.fetchmany(size))

    def copy(self, statement: Any) -> AbstractContextManager[Any]:
        copied: AbstractContextManager[Any] = self._cursor.copy(statement)
        return copied

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)
