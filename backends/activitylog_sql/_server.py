"""A database on a server: its connections, its schema, and how a transaction of ours begins and ends."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from threading import RLock
from time import monotonic, sleep
from typing import Any, ClassVar, Final

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError

from activitylog.errors import InvalidInput, SchemaMismatch, StorageError, StorageUnavailable, Unsupported
from activitylog_sql._database import DriverConnection, DriverDatabase
from activitylog_sql._errors import Mapped
from activitylog_sql._executor import Executor
from activitylog_sql._forking import leave_to_parent
from activitylog_sql._migration import found_steps, run_step, run_steps
from activitylog_sql._pool import Pool, has_news
from activitylog_sql._schema import SEARCH, missing
from activitylog_sql._search import switch

__all__ = ["ServerDatabase"]

_PATIENCE: Final = 3600.0
"""Seconds to wait for the end of another's migration: an index of many entries takes its time."""
_PAUSE: Final = 0.05

_MISUSED: Final = (TypeError, ValueError, AttributeError, ArgumentError)
"""What drivers raise for an option that they do not know, or whose value does not fit."""


class ServerDatabase(DriverDatabase):
    """A database whose schema is made by ``setup`` only.

    Connections are our own pool's, if the engine was made for this store and is ``owned``, or the host's engine's.
    """

    driver: ClassVar[str]
    """The name by which SQLAlchemy knows the one driver that we work with."""
    title: ClassVar[str]
    """The name of the product."""
    identity: ClassVar[str]
    """A statement that tells one database, on whatever server, from all others."""

    def __init__(self, engine: Engine, *, owned: bool, pool_size: int = 10, patience: float = 30.0) -> None:
        name = f"{self.title} ({engine.url.database or 'default database'})"
        super().__init__(mapped=Mapped(name, self.driver_error, self.translated))
        self.engine = engine
        self.owned = owned
        self._preparing = RLock()
        self._pool = Pool(self._connected, size=pool_size, patience=patience, name=name)

    # -- what drivers do differently -----------------------------------------------------------------------------------

    @staticmethod
    @abstractmethod
    def translated(error: BaseException, name: str, /) -> StorageError:
        """Return ours for an error of the driver's; ``name`` is the database's."""

    @abstractmethod
    def connect_options(self) -> dict[str, Any]:
        """Return what our own connections are opened with, beside what the URL says."""

    @abstractmethod
    def prepare_connection(self, connection: DriverConnection) -> None:
        """Make the settings of a new connection of our own."""

    @abstractmethod
    def in_transaction(self, connection: DriverConnection) -> bool:
        """Tell whether a transaction is open."""

    @abstractmethod
    def file_number(self, connection: DriverConnection) -> int:
        """Return the number of the socket, or -1 where it is closed."""

    @abstractmethod
    def check_transactions(self, connection: DriverConnection) -> None:
        """Make sure that a host's connection does not commit by itself.

        Raises:
            Unsupported: it does.
        """

    @abstractmethod
    def check_encoding(self, executor: Executor) -> None:
        """Make sure that all texts come and go as they are.

        Raises:
            Unsupported: they would not.
        """

    @abstractmethod
    def try_lock(self, executor: Executor) -> bool:
        """Take the session's advisory lock under which one process at a time changes the schema, if it can be had."""

    @abstractmethod
    def unlock(self, executor: Executor) -> None:
        """Give it back."""

    def changing(self, connection: DriverConnection) -> AbstractContextManager[None]:
        """Give a transaction for a step of the schema, as far as the database has such."""
        return self._begun(connection)

    @abstractmethod
    def borrowed(self, connection: DriverConnection) -> AbstractContextManager[None]:
        """Give a connection of the host's pool the settings that we need, and take them back."""

    @abstractmethod
    def begin_own(self, connection: DriverConnection) -> None:
        """Begin a transaction whose statements see what others have committed before each, whatever the default."""

    # -- transactions of our own ---------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Executor]:
        with self.mapped, self._connection() as connection:
            yield self.executor(connection)

    def alone(self) -> AbstractContextManager[Executor]:
        return self.reading()

    @contextmanager
    def writing(self) -> Iterator[Executor]:
        with self.mapped, self.transaction() as connection:
            yield self.executor(connection)

    @contextmanager
    def transaction(self) -> Iterator[DriverConnection]:
        with self._connection() as connection, self._begun(connection):
            yield connection

    @contextmanager
    def _begun(self, connection: DriverConnection) -> Iterator[None]:
        executor = self.executor(connection)
        with self.mapped:
            self.begin_own(connection)
        try:
            yield
            self.still_open(connection)
            with self.mapped:
                executor.run("COMMIT")
        except BaseException:
            with suppress(self.driver_error):
                executor.run("ROLLBACK")
            raise

    def still_open(self, connection: DriverConnection) -> None:
        if not self.in_transaction(connection):
            raise StorageUnavailable(
                f"{self.mapped.name}: an error has undone the transaction: run it again", retry=True
            )

    # -- the schema ----------------------------------------------------------------------------------------------------

    def setup(self, *, search_index: bool | None) -> None:
        with self._setting_up() as (connection, executor):
            self._complete(connection, executor, found_steps(executor, self.dialect))
            if search_index is not None:
                self.indexed = False
                begun = partial(self.changing, connection)
                switch(self.search_index, self.dialect, executor, begun, on=search_index)

    @contextmanager
    def _setting_up(self) -> Iterator[tuple[DriverConnection, Executor]]:
        """Give a connection that alone may change the schema, and look at the schema afterwards."""
        with self._preparing, self.mapped, self._taken() as connection:
            executor = self.executor(connection)
            self.check_encoding(executor)
            with self.migrating(executor):
                yield connection, executor
            self._look(executor)

    def _complete(
        self, connection: DriverConnection, executor: Executor, found: dict[int, str], partitions: int | None = None
    ) -> None:
        """Run the steps that are missing, each in a transaction of its own."""
        for step in missing(found):
            with self.changing(connection):
                run_step(executor, self.dialect, step, partitions)

    @contextmanager
    def migrating(self, executor: Executor) -> Iterator[None]:
        """Hold the advisory lock."""
        self.wait_for_turn(lambda: self.try_lock(executor))
        try:
            yield
        finally:
            with suppress(self.driver_error):  # it goes with its session too
                self.unlock(executor)

    def wait_for_turn(self, try_lock: Callable[[], bool]) -> None:
        """Ask for a lock until it can be had.

        Raises:
            StorageUnavailable: another process has had it for an hour.
        """
        give_up = monotonic() + _PATIENCE
        while not try_lock():
            if monotonic() > give_up:
                raise StorageUnavailable(
                    f"{self.mapped.name}: another process has been migrating it for an hour", retry=True
                )
            sleep(_PAUSE)

    def upgrade(self, executor: Executor) -> None:
        self.check_encoding(executor)
        run_steps(executor, self.dialect)

    def _look(self, executor: Executor) -> None:
        found = found_steps(executor, self.dialect)
        if missing(found):
            state = "is older than this library" if found else "has no tables of activitylog"
            raise SchemaMismatch(
                f"{self.mapped.name} {state}: run `activitylog migrate --store URL`, or log.migrate(), or "
                "activitylog_sql.upgrade(connection) in your own migrations"
            )
        self.check_encoding(executor)
        self.indexed = SEARCH in found.values()
        self.ready = True

    # -- transactions of the host's ------------------------------------------------------------------------------------

    def check(self, connection: Connection) -> None:
        if connection.dialect.driver != self.driver:
            raise Unsupported(
                f"bound_to: the store is in {self.title} by {self.driver}, and this handle leads to "
                f"{connection.dialect.name} by {connection.dialect.driver}"
            )
        driver = connection.connection.dbapi_connection
        if connection.engine.pool is not self.engine.pool:
            self._check_identity(driver)
        self.check_transactions(driver)

    def _check_identity(self, driver: DriverConnection) -> None:
        with self.mapped:
            theirs = self.executor(driver).run(self.identity)
            with self._taken() as connection:
                ours = self.executor(connection).run(self.identity)
        if ours != theirs:
            raise Unsupported(
                "bound_to: the handle is of another database than the store: activities live and die with the "
                "data of the transaction, so open the log on the same database, or on the host's own engine"
            )

    def join(self, connection: Connection, executor: Executor) -> None:
        self._look(executor)

    # -- connections ---------------------------------------------------------------------------------------------------

    @contextmanager
    def _connection(self) -> Iterator[DriverConnection]:
        if not self.ready:
            with self.mapped, self._taken() as connection:
                self._look(self.executor(connection))
        with self._taken() as connection:
            yield connection

    def _taken(self) -> AbstractContextManager[DriverConnection]:
        return self._own() if self.owned else self._of_host()

    @contextmanager
    def _own(self) -> Iterator[DriverConnection]:
        with self.mapped:
            connection = self._pool.take(self._is_alive)
        usable = False
        try:
            yield connection
            usable = True
        except Exception:
            usable = True
            raise
        finally:  # one that is closed, or was interrupted at work, is of no use any more
            usable = usable and self.file_number(connection) >= 0 and not self.in_transaction(connection)
            self._pool.give_back(connection, usable=usable)

    @contextmanager
    def _of_host(self) -> Iterator[DriverConnection]:
        with self.mapped:
            taken = self.engine.raw_connection()
        connection = taken.dbapi_connection
        try:
            with self.borrowed(connection):
                yield connection
        finally:
            if self.file_number(connection) < 0:
                taken.invalidate()
            else:
                taken.close()

    def _connected(self) -> DriverConnection:
        dialect, url = self.engine.dialect, self.engine.url
        try:
            positional, named = dialect.create_connect_args(url)
            connection = dialect.connect(*positional, **{**named, **self.connect_options()})
        except (*_MISUSED, dialect.loaded_dbapi.ProgrammingError) as error:
            given = ", ".join(sorted(url.query))
            raise InvalidInput("store", f"{self.driver} does not take all options of the URL ({given})") from error
        try:
            self.prepare_connection(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _is_alive(self, connection: DriverConnection) -> bool:
        number = self.file_number(connection)
        return number >= 0 and not has_news(number)

    def close(self) -> None:
        if self.owned:
            self._pool.clear()

    def after_fork_in_child(self) -> None:
        self._preparing = RLock()
        if self.owned:
            leave_to_parent(self._pool.idle)
            self._pool.renew()
