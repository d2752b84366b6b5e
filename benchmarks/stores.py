"""The stores to measure: each gives databases, on a server of its own with its defaults for durability."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from attrs import frozen

from benchmarks.floor import Floor
from benchmarks.mongodb_floor import MongoDBFloor
from benchmarks.mysql_floor import MySQLFloor
from benchmarks.postgresql_floor import PostgreSQLFloor
from benchmarks.sqlite_floor import SQLiteFloor
from servers.databases import Databases
from servers.shared import KINDS, Missing

__all__ = ["STORES", "Store", "store"]

STORES = ("memory", "sqlite", "sqlite-normal", *KINDS)


@frozen
class Store:
    """A store as a row measures it: ``new`` gives the URL of another empty database; memory has no floor."""

    title: str
    new: Callable[[], str]
    floor: type[Floor] | None = None


@contextmanager
def store(name: str, folder: Path) -> Iterator[Store]:
    """Give a store, whose data is gone afterwards.

    Raises:
        Missing: there is no server, and none can be started.
    """
    numbers = count()
    match name:
        case "memory":
            yield Store("memory", lambda: "memory://")
        case "sqlite" | "sqlite-normal":
            mode = "NORMAL" if name == "sqlite-normal" else "FULL"
            files = (f"sqlite:///{folder / str(number)}.db?synchronous={mode}" for number in numbers)
            yield Store(f"SQLite {mode}", files.__next__, SQLiteFloor)
        case _:
            title, floor = _SERVED[name]
            with _databases(name, folder) as databases:
                names = [f"activitylog_{os.getpid()}_{number}" for number in range(_MOST)]
                made = map(databases.create, names)
                yield Store(title, made.__next__, floor)
                for each in names:
                    databases.drop(each)


_MOST = 10
"""Databases that the rows of one store take."""
_SERVED: dict[str, tuple[str, type[Floor]]] = {
    "postgresql": ("PostgreSQL", PostgreSQLFloor),
    "mysql": ("MariaDB", MySQLFloor),
    "mongodb": ("MongoDB", MongoDBFloor),
}


@contextmanager
def _databases(name: str, folder: Path) -> Iterator[Databases]:
    kind = KINDS[name]
    if kind.given:
        with closing(kind.server.databases(kind.given)) as databases:
            yield databases
        return
    if reason := kind.server.missing():
        raise Missing(f"{reason}, or name a server in {kind.variable}")
    server = kind.server(folder).start()
    try:
        with closing(server.databases(server.url(server.first_database))) as databases:
            yield databases
    finally:
        server.stop()
