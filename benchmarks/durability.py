"""What a store promises of a commit, as it was measured."""

from __future__ import annotations

import sqlite3

from pymongo import MongoClient
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from benchmarks.stores import Store

__all__ = ["durability"]

_ASKED = {
    "postgresql": ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"),
    "mysql": ("version", "innodb_flush_log_at_trx_commit", "innodb_doublewrite", "innodb_buffer_pool_size"),
}


def durability(name: str, store: Store) -> str:
    """Return a store's version, and the settings on which it depends what a commit survives."""
    match name:
        case "memory":
            return "none: it ends with the process"
        case "sqlite" | "sqlite-normal":
            mode = store.title.removeprefix("SQLite ")
            return f"SQLite {sqlite3.sqlite_version}, journal_mode = WAL, synchronous = {mode}, for all"
        case "mongodb":
            with MongoClient(store.new()) as client:
                cache = client.admin.command("serverStatus")["wiredTiger"]["cache"]["maximum bytes configured"]
                version = client.server_info()["version"]
                return f"MongoDB {version}, w = 1, j = true, for all; a cache of {cache // 2**20:,} MB"
    engine = create_engine(store.new(), poolclass=NullPool)
    show = "SHOW {}" if name == "postgresql" else "SELECT @@{}"
    with engine.connect() as connection:
        found = [(asked, connection.exec_driver_sql(show.format(asked)).scalar()) for asked in _ASKED[name]]
    (_, server), *settings = found
    return f"{store.title} {server}, " + ", ".join(f"{setting} = {value}" for setting, value in settings)
