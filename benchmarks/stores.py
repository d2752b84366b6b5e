"""The stores to measure: each gives databases, on a server of its own with its defaults for durability."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from subprocess import CalledProcessError

from attrs import frozen
from pymongo import MongoClient
from sqlalchemy import create_engine, inspect
from sqlalchemy.pool import NullPool

from benchmarks.floor import Floor
from benchmarks.mongodb_floor import MongoDBFloor
from benchmarks.mysql_floor import MySQLFloor
from benchmarks.postgresql_floor import PostgreSQLFloor
from benchmarks.sqlite_floor import SQLiteFloor
from servers.databases import Databases
from servers.server import ServerFailed
from servers.shared import KINDS, Missing

__all__ = ["STORES", "Store", "store"]

STORES = ("memory", "sqlite", "sqlite-normal", *KINDS)


@frozen
class Store:
    """A store as a row measures it: ``new`` gives the URL of another empty database; memory has no floor."""

    title: str
    new: Callable[[], str]
    floor: type[Floor] | None = None
    settle: Callable[[], None] = lambda: None
    """Lets a store do what it puts off after a load, so that it does not do it while something is measured."""
    clear: Callable[[Collection[str]], None] = lambda _: None
    """Drops the databases that were made, but these."""


@contextmanager
def store(name: str, folder: Path) -> Iterator[Store]:
    """Give a store, whose data is gone afterwards.

    Raises:
        Missing: there is no server, and none can be started.
    """
    match name:
        case "memory":
            yield Store("memory", lambda: "memory://")
        case "sqlite" | "sqlite-normal":
            mode = "NORMAL" if name == "sqlite-normal" else "FULL"
            files = _Files(folder, mode)
            yield Store(f"SQLite {mode}", files.new, SQLiteFloor, files.settle, files.clear)
        case _:
            title, floor = _SERVED[name]
            with _databases(name, folder) as databases:
                made = _Made(databases)
                yield Store(title, made.new, floor, lambda: made.settle(_SETTLED[name]), made.clear)
                made.clear(())


_SERVED: dict[str, tuple[str, type[Floor]]] = {
    "postgresql": ("PostgreSQL", PostgreSQLFloor),
    "mysql": ("MariaDB", MySQLFloor),
    "mongodb": ("MongoDB", MongoDBFloor),
}


class _Made:
    """The databases that were made on a server."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._names: dict[str, str] = {}
        self._numbers = count()

    def new(self) -> str:
        name = f"activitylog_{os.getpid()}_{next(self._numbers)}"
        url = self._databases.create(name)
        self._names[url] = name
        return url

    def settle(self, settled: Callable[[str], None]) -> None:
        for url in self._names:
            settled(url)

    def clear(self, keep: Collection[str]) -> None:
        for url in self._names.keys() - set(keep):
            self._databases.drop(self._names.pop(url))


def _vacuumed(url: str) -> None:
    _run(url, lambda tables: ["VACUUM (ANALYZE)", "CHECKPOINT"] if tables else [])


def _analyzed(url: str) -> None:
    _run(url, lambda tables: [f"ANALYZE TABLE {table}" for table in tables])


def _run(url: str, statements: Callable[[Sequence[str]], Sequence[str]]) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    tables = inspect(engine).get_table_names()
    with engine.connect() as connection:
        for statement in statements(tables):
            connection.exec_driver_sql(statement)


def _flushed(url: str) -> None:
    with MongoClient[dict[str, object]](url) as client:
        client.admin.command("fsync")


_SETTLED: dict[str, Callable[[str], None]] = {"postgresql": _vacuumed, "mysql": _analyzed, "mongodb": _flushed}


class _Files:
    """The files that were made in a folder."""

    def __init__(self, folder: Path, mode: str) -> None:
        self._folder, self._mode = folder, mode
        self._paths: dict[str, Path] = {}
        self._numbers = count()

    def new(self) -> str:
        path = self._folder / f"{next(self._numbers)}.db"
        url = f"sqlite:///{path}?synchronous={self._mode}"
        self._paths[url] = path
        return url

    def settle(self) -> None:
        for path in self._paths.values():
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def clear(self, keep: Collection[str]) -> None:
        for url in self._paths.keys() - set(keep):
            path = self._paths.pop(url)
            for part in path.parent.glob(f"{path.name}*"):
                part.unlink()


@contextmanager
def _databases(name: str, folder: Path) -> Iterator[Databases]:
    kind = KINDS[name]
    if kind.given:
        with closing(kind.server.databases(kind.given)) as databases:
            yield databases
        return
    if reason := kind.server.missing():
        raise Missing(f"{reason}, or name a server in {kind.variable}")
    try:
        server = kind.server(folder).start()
    except (ServerFailed, CalledProcessError) as failed:
        raise Missing(f"the server did not start: {failed}") from failed
    try:
        if name == "mongodb":
            _enlarge(server.url(server.first_database))
        with closing(server.databases(server.url(server.first_database))) as databases:
            yield databases
    finally:
        server.stop()


_WAITING = "eviction_dirty_target=60,eviction_dirty_trigger=80,eviction_updates_target=60,eviction_updates_trigger=80"


def _enlarge(url: str) -> None:
    """Give the engine two fifths of the memory for its cache, by itself it has 256 MB; a MongoDB server takes half.

    With half of it the process came to hold all that there was, when it walked through ten million entries. A
    checkpoint comes each quarter hour and more of the cache may wait for it, or indexes in random order are written
    anew all the time while millions are loaded; what the journal confirms is as durable, and is longer read again.
    """
    cache = max(256, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 2 // 5 // 2**20)
    with MongoClient[dict[str, object]](url) as client:
        client.admin.command({"setParameter": 1, "wiredTigerEngineRuntimeConfig": f"cache_size={cache}M,{_WAITING}"})
        client.admin.command({"setParameter": 1, "syncdelay": 900})
