"""MongoDB: the server's engine within a Node process, as ``mongodb_engine/install.py`` has laid it down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from servers.databases import Databases, MongoDBDatabases
from servers.mongodb_engine.install import command_line, failure, is_installed
from servers.server import Server

__all__ = ["MongoDB"]


class MongoDB(Server):
    """A standalone MongoDB server on a Unix socket; it journals what is written with ``j``, durable or not."""

    databases: ClassVar[type[Databases]] = MongoDBDatabases
    first_database: ClassVar[str] = "admin"

    @staticmethod
    def missing() -> str:
        return "" if is_installed() else failure()

    def url(self, database: str) -> str:
        return f"mongodb://{quote(str(self._socket), safe='')}/{database}"

    def create(self) -> None:
        self.data.mkdir()

    def command(self) -> Sequence[str | Path]:
        return [*command_line(), self.data, self._socket]

    def answers(self) -> bool:
        import pymongo
        from pymongo.errors import PyMongoError

        with pymongo.MongoClient(self.url("admin"), serverSelectionTimeoutMS=100) as client:
            try:
                client.admin.command("ping")
            except PyMongoError:
                return False
        return True

    @property
    def _socket(self) -> Path:
        return self.directory / "engine.sock"  # the driver knows a path by this ending
