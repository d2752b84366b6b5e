"""The databases of one process of a test run, on whichever store: made once, and emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from activitylog import ActivityLog
from servers.databases import Databases
from servers.shared import KINDS, SharedServers

__all__ = ["STORES", "Pool"]

STORES = ("memory", "sqlite", *KINDS)


class Pool:
    """Hands out databases: ``number`` tells those apart that one test has at once."""

    def __init__(self, servers: SharedServers, process: str) -> None:
        self._servers = servers
        self._prefix = f"{servers.folder.name}_{process}".replace("-", "_").lower()
        self._databases: dict[str, Databases] = {}
        self._shapes: dict[str, dict[str, frozenset[str]]] = {}
        self._fresh = count()

    def empty(self, store: str, number: int, folder: Path, partitions: int | None = None) -> str:
        """Return the URL of a database with the schema and without an entry; files lie in the folder."""
        if store not in KINDS:
            return _embedded(store, folder / f"{number}.db")
        layout = "" if partitions is None else f"_in{partitions}"
        databases, name = self._of(store), f"{self._prefix}_{number}{layout}"
        if name in self._shapes[store] and self._shapes[store][name] == databases.shape(name):
            databases.empty(name)
        else:
            self._make(store, name, partitions)
        return databases.url(name)

    @contextmanager
    def fresh(self, store: str, folder: Path) -> Iterator[str]:
        """Give the URL of a new database without a schema, which is dropped afterwards."""
        number = next(self._fresh)
        if store not in KINDS:
            yield _embedded(store, folder / f"fresh{number}.db")
            return
        databases, name = self._of(store), f"{self._prefix}_fresh{number}"
        try:
            yield databases.create(name)
        finally:
            databases.drop(name)

    def close(self) -> None:
        """Drop what was made; servers of the run's own go as a whole."""
        for store, databases in self._databases.items():
            if KINDS[store].given:
                for name in self._shapes[store]:
                    databases.drop(name)
            databases.close()

    def _make(self, store: str, name: str, partitions: int | None) -> None:
        """Make a database, instead of one that a test has changed, or whose making failed."""
        databases = self._of(store)
        databases.drop(name)
        log = ActivityLog(databases.create(name))
        log.migrate(partitions=partitions)
        log.close()
        self._shapes[store][name] = databases.shape(name)

    def _of(self, store: str) -> Databases:
        if store not in self._databases:
            self._databases[store] = KINDS[store].server.databases(self._servers.url(store))
            self._shapes[store] = {}
        return self._databases[store]


def _embedded(store: str, file: Path) -> str:
    return "memory://" if store == "memory" else f"sqlite:///{file}"
