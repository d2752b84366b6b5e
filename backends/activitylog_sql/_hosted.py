"""The store on a framework's own connection: its transactions are the store's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, ClassVar, Final, TypeVar, cast
from weakref import WeakKeyDictionary

from activitylog.errors import MissingExtra, SchemaMismatch, StorageError, Unsupported
from activitylog.storage import Capability, Storage
from activitylog_sql._database import Database
from activitylog_sql._errors import Mapped
from activitylog_sql._executor import Executor
from activitylog_sql._host import Host
from activitylog_sql._migration import found_steps, run_steps
from activitylog_sql._retrying import retried
from activitylog_sql._schema import SEARCH, STEPS, missing
from activitylog_sql._search import switch
from activitylog_sql._storage import SQLStorage
from activitylog_sql._work import Callback, Extent, Work

__all__ = ["HostedDatabase", "HostedStorage", "host_storage", "upgrade_host"]

_Answer = TypeVar("_Answer")

_PRODUCTS: Final = {
    "sqlite": ("", "activitylog_sql._sqlite.hosted", "HostedSQLite"),
    "postgresql": ("postgresql", "activitylog_sql._postgresql.hosted", "HostedPostgreSQL"),
    "mysql": ("mysql", "activitylog_sql._mysql.hosted", "HostedMySQL"),
}
"""For each product: its extra, and where the kind of its databases stands."""


class HostedDatabase(Database):
    """A database whose connections and transactions are a framework's; the framework's migrations make the schema."""

    def __init__(self, host: Host) -> None:
        super().__init__(mapped=Mapped(host.name, self.driver_error, self.translated))
        self.host = host

    @staticmethod
    @abstractmethod
    def translated(error: BaseException, name: str, /) -> StorageError:
        """Return ours for an error of the driver's; ``name`` is the database's."""

    @abstractmethod
    def executor_on(self, cursor: Any) -> Executor:
        """Return an executor on a cursor of the host's."""

    def check(self, executor: Executor) -> None:
        """Make sure that all texts come and go as they are.

        Raises:
            Unsupported: they would not.
        """

    def take_turn(self, executor: Executor) -> None:
        """Wait, in a transaction that was just begun, until it may write; where it may at any time, do nothing."""

    def executor(self, *, writing: bool) -> Executor:
        """Return an executor on the host's connection.

        Raises:
            SchemaMismatch: the host's migrations have not run.
        """
        executor = self.executor_on(self.host.cursor(writing=writing))
        if not self.ready:
            self._look(executor)
        return executor

    def _look(self, executor: Executor) -> None:
        found = found_steps(executor, self.dialect)
        if missing(found):
            state = "is older than this library" if found else "has no tables of activitylog"
            raise SchemaMismatch(f"{self.mapped.name} {state}: {self.host.remedy}")
        self.check(executor)
        self.indexed = SEARCH in found.values()
        self.ready = True

    def upgrade(self, upto: int | None = None) -> None:
        """Run the steps that are missing, in the host's transaction where one is open."""
        with self.mapped:
            executor = self.executor_on(self.host.cursor(writing=True))
            self.check(executor)
            run_steps(executor, self.dialect, STEPS[:upto])

    def setup(self, *, search_index: bool | None) -> None:
        with self.mapped, self.host.atomic():
            self.upgrade()
        if search_index is not None:
            self.indexed = False
            with self.mapped:
                executor = self.executor_on(self.host.cursor(writing=True))
                switch(self.search_index, self.dialect, executor, self.host.atomic, on=search_index)
        self.ready = False  # to be looked at again

    def partition(self, partitions: int) -> None:
        raise Unsupported(
            f"partitions: {self.mapped.name}: the framework's migrations make the tables here: on an empty PostgreSQL "
            f"database run `activitylog migrate --partitions {partitions} --store URL` before them; they go on from it"
        )

    def close(self) -> None:
        """Leave the connections to the framework."""


class _OnHost(Work):
    """Each call is a transaction of the framework's, or takes part in the one that is open."""

    database: HostedDatabase

    def __init__(self, database: HostedDatabase) -> None:
        self.database = database
        self._host = database.host

    @contextmanager
    def reading(self) -> Iterator[Executor]:
        with self.database.mapped:
            yield self.database.executor(writing=False)

    def write(self, action: Callable[[Executor], _Answer], extent: Extent = Extent.SEVERAL) -> _Answer:
        if self._host.transaction() is None:
            return retried(lambda: self._alone(action, extent))
        if extent is Extent.SEVERAL:
            return self._whole(action)
        try:
            return self._plainly(action)
        except self.database.driver_error as error:  # a part may have been written
            self._host.doom()
            raise self.database.mapped.translated(error) from error

    def _alone(self, action: Callable[[Executor], _Answer], extent: Extent) -> _Answer:
        if extent is Extent.STATEMENT:
            with self.database.mapped:
                return self._plainly(action)
        return self._whole(action, reads=extent is Extent.SEVERAL)

    def _whole(self, action: Callable[[Executor], _Answer], *, reads: bool = False) -> _Answer:
        with self.database.mapped, self._begun(reads=reads):
            return self._plainly(action)

    def _plainly(self, action: Callable[[Executor], _Answer]) -> _Answer:
        return action(self.database.executor(writing=True))

    @contextmanager
    def transaction(self) -> Iterator[Work]:
        with self._begun(reads=True):
            yield self

    @contextmanager
    def _begun(self, *, reads: bool) -> Iterator[None]:
        """Begin a transaction, or a savepoint, in which something may be read before it is written."""
        if not self.database.ready:
            with self.database.mapped:
                self.database.executor(writing=True)
        outermost = self._host.transaction() is None
        with self._host.atomic():
            if outermost and reads:
                with self.database.mapped:
                    self.database.take_turn(self.database.executor(writing=True))
            yield

    def after_commit(self, callback: Callback) -> None:
        self._host.after_commit(callback)

    def awaits(self, callback: Callback) -> bool:
        return self._host.awaits(callback)


class HostedStorage(SQLStorage):
    """The store on a framework's own connection; ``host_storage`` makes one.

    Within a transaction of the framework's all that is written lives and dies with it, savepoints too.
    """

    capabilities: ClassVar[frozenset[Capability]] = SQLStorage.capabilities - {Capability.BOUND}

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._host = cast("HostedDatabase", work.database).host
        self._by_transaction: WeakKeyDictionary[object, Storage] = WeakKeyDictionary()

    def current(self) -> Storage:
        """Return the store of the open transaction, which knows what was written there, or this one."""
        open = self._host.transaction()
        if open is None:
            return self
        found = self._by_transaction.get(open)
        if found is None:
            found = self._by_transaction[open] = HostedStorage(self._work)
        return found


def _database_of(host: Host) -> HostedDatabase:
    """Return the database of a host.

    Raises:
        Unsupported: the store does not work on this product.
        MissingExtra: what it needs there is not installed.
    """
    if host.product not in _PRODUCTS:
        raise Unsupported(f"activities can be kept in SQLite, PostgreSQL, MySQL and MariaDB, not in {host.product}")
    extra, module, name = _PRODUCTS[host.product]
    try:
        kind: type[HostedDatabase] = getattr(import_module(module), name)
    except ImportError as error:
        raise MissingExtra(extra, f"a store on {host.product}") from error
    return kind(host)


def host_storage(host: Host) -> HostedStorage:
    """Return the store on a framework's own connection: an adapter's ``ActivityLog(host_storage(host))``.

    Nothing is read or written before the first call. The schema is made by the framework's migrations, through
    ``upgrade_host``, or by ``log.migrate()``.

    Raises:
        Unsupported: the store does not work on this product.
        MissingExtra: what it needs there is not installed.
    """
    return HostedStorage(_OnHost(_database_of(host)))


def upgrade_host(host: Host, step: int | None = None) -> None:
    """Create or upgrade the tables on a framework's connection, in its transaction: for the framework's migrations.

    Steps that the tables have are left out. ``step`` is the number of the last one to be run, by default all are.

    Raises:
        SchemaMismatch: the tables are newer than this library can serve.
        Unsupported, MissingExtra: the store does not work on this database.
    """
    _database_of(host).upgrade(step)
