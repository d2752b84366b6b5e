"""Where a store on SQLite has its connections from: a file, or the memory, of its own, or an engine of the host's."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import RLock
from time import monotonic, sleep
from typing import TYPE_CHECKING
from weakref import finalize

from activitylog.errors import NotAllowed
from activitylog_sql._errors import Mapped
from activitylog_sql._forking import leave_to_parent
from activitylog_sql._sqlite.checkouts import forget, has_rival, note, watch_pools
from activitylog_sql._sqlite.errors import error_code, is_locked, translated
from activitylog_sql._sqlite.transactions import OWN_WRITE

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["Connections", "FileConnections", "MemoryConnection"]


class Connections(ABC):
    """Gives connections for some work, and knows what becomes of them."""

    def __init__(self, name: str | None, *, in_memory: bool) -> None:
        self.in_memory = in_memory
        """Whether the database is lost with its connection."""
        self.mapped = Mapped(f"SQLite ({name or 'in memory'})", sqlite3.Error, translated)

    @abstractmethod
    def taken(self) -> AbstractContextManager[sqlite3.Connection]:
        """Give a connection, within which errors of others pass as they are."""

    def includes(self, connection: Connection) -> bool:
        """Tell whether a connection of the host's has come from here too."""
        return False

    def prepare(self, connection: sqlite3.Connection) -> None:  # noqa: B027
        """Make the settings that stay with the file, before the database is first used."""

    @abstractmethod
    def close(self) -> None:
        """Close those that are our own, as far as they are not at work."""

    def before_fork(self) -> None:  # noqa: B027
        """Prepare for a child process."""

    @abstractmethod
    def after_fork_in_child(self) -> None:
        """Leave to the parent what is the parent's."""


class FileConnections(Connections):
    """Opens the file as often as there is work at once, and keeps what is open for the next work."""

    def __init__(self, path: str, patience: float, synchronous: str) -> None:
        super().__init__(path, in_memory=False)
        self._path = Path(path).absolute()  # whatever folder the process works in later
        self._patience = patience
        self._synchronous = synchronous
        self._begin_empty()

    def _begin_empty(self) -> None:
        self._idle: list[sqlite3.Connection] = []
        """Those that wait for work; the last one back goes out first."""
        self._at_the_end = finalize(self, _close_all, self._idle)
        """Closes them where the host has not: when nobody has the store any more, or the process ends."""

    @contextmanager
    def taken(self) -> Iterator[sqlite3.Connection]:
        idle = self._idle  # after a fork the child has another list
        try:
            connection = idle.pop()
        except IndexError:
            with self.mapped:
                connection = _open(self._path, self._patience, self._synchronous)
        watch_pools()  # the host may have loaded SQLAlchemy since
        note(connection)
        try:
            yield connection
        finally:
            forget(connection)
            if connection.in_transaction:  # it could not even be rolled back
                connection.close()
            else:
                idle.append(connection)

    def prepare(self, connection: sqlite3.Connection) -> None:
        """Switch the file to a write-ahead log; SQLite does not wait for its lock to do so."""
        give_up = monotonic() + self._patience
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error_code(error) == sqlite3.SQLITE_READONLY:  # it can be read as it is
                    return
                if not is_locked(error) or monotonic() > give_up:
                    raise
                if has_rival(connection):
                    raise NotAllowed(OWN_WRITE) from error
                sleep(0.005)

    def close(self) -> None:
        _close_all(self._idle)

    def before_fork(self) -> None:
        """Close what is idle: SQLite's locks do not survive in the child, and its books there would say they did."""
        self.close()

    def after_fork_in_child(self) -> None:
        """Leave what was in use; to close it here, or to take it up, would be as wrong as to use it."""
        self._at_the_end.detach()
        leave_to_parent(self._idle)
        self._begin_empty()


class MemoryConnection(Connections):
    """The only connection that there is to a database in memory; all threads share it, one at a time."""

    def __init__(self) -> None:
        super().__init__(None, in_memory=True)
        self._turn = RLock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def taken(self) -> Iterator[sqlite3.Connection]:
        with self._turn:
            if self._connection is None:
                with self.mapped:
                    self._connection = _open(":memory:")
                finalize(self, self._connection.close)
            yield self._connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def after_fork_in_child(self) -> None:
        self._turn = RLock()


def _open(place: Path | str, patience: float = 0, synchronous: str = "OFF") -> sqlite3.Connection:
    connection = sqlite3.connect(place, timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased, or was edited long before, is gone
    except BaseException:
        connection.close()
        raise
    return connection


def _close_all(idle: list[sqlite3.Connection]) -> None:
    with suppress(IndexError):  # another thread may take one meanwhile
        while True:
            idle.pop().close()
