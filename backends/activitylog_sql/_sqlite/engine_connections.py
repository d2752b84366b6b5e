"""Connections of a host's engine, whose pool and settings a store on SQLite shares."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import cast

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from activitylog_sql._sqlite.connections import Connections

__all__ = ["EngineConnections"]


class EngineConnections(Connections):
    """Takes them from the engine's pool, and gives them back after each work."""

    def __init__(self, engine: Engine) -> None:
        name = engine.url.database
        super().__init__(name, in_memory=name in {None, "", ":memory:"})
        self._engine = engine
        self._turn = RLock()
        """Whose turn it is on the one connection that all threads share, where the pool has only one."""

    @contextmanager
    def taken(self) -> Iterator[sqlite3.Connection]:
        pool = self._engine.pool
        if isinstance(pool, StaticPool):
            # taken and given back, the one connection would lose whatever transaction the host has open on it
            with self._turn:
                with self.mapped:
                    shared = pool.connection.dbapi_connection
                yield cast("sqlite3.Connection", shared)
            return
        with self.mapped:
            taken = self._engine.raw_connection()
        try:
            yield cast("sqlite3.Connection", taken.dbapi_connection)
        finally:
            taken.close()

    def includes(self, connection: Connection) -> bool:
        return connection.engine.pool is self._engine.pool

    def close(self) -> None:
        """Leave them to the host."""

    def after_fork_in_child(self) -> None:
        self._turn = RLock()
