"""The databases that tests use on a server: made, emptied between tests, and dropped."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from contextlib import ExitStack
from typing import Any, ClassVar

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.pool import NullPool

__all__ = ["Databases", "MongoDBDatabases", "MySQLDatabases", "PostgreSQLDatabases"]

_PREFIX = "activitylog_"
_SCHEMA = "activitylog_schema"


class Databases(ABC):
    """What can be done on the server that a URL names, whichever of its databases the URL speaks of."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open = ExitStack()

    @abstractmethod
    def url(self, name: str) -> str:
        """Return the URL of a database, which need not exist."""

    @abstractmethod
    def create(self, name: str) -> str:
        """Make a database, empty and without a schema, and return its URL."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""

    @abstractmethod
    def shape(self, name: str) -> frozenset[str]:
        """Return the names of the library's tables and indexes: with a search index they are others."""

    @abstractmethod
    def empty(self, name: str) -> None:
        """Leave the tables of the library without a row, and take away those that tests have made."""

    def close(self) -> None:
        """Close the connections that are kept for the next time."""
        self._open.close()


class _SQLDatabases(Databases):
    options: ClassVar[str] = ""
    """What the statement that makes a database says of its encoding."""
    dropping: ClassVar[str] = ""
    beginning: ClassVar[str] = ""
    tables: ClassVar[str]
    """Lists the tables of the database."""
    relations: ClassVar[str]
    """Lists what a search index adds to."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._connections: dict[str, Connection] = {}

    def url(self, name: str) -> str:
        return make_url(self._url).set(database=name).render_as_string(hide_password=False)

    def create(self, name: str) -> str:
        self._run(f"CREATE DATABASE {name} {self.options}")
        return self.url(name)

    def drop(self, name: str) -> None:
        if name in self._connections:
            self._connections.pop(name).close()
        self._run(f"DROP DATABASE IF EXISTS {name} {self.dropping}")

    def shape(self, name: str) -> frozenset[str]:
        found = self._connection(name).exec_driver_sql(self.relations)
        return frozenset(relation for (relation,) in found if relation.startswith(_PREFIX))

    def empty(self, name: str) -> None:
        connection = self._connection(name)
        for (table,) in connection.exec_driver_sql(self.tables).fetchall():
            if not table.startswith(_PREFIX):
                connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table} CASCADE")
            elif table != _SCHEMA:
                connection.exec_driver_sql(f"DELETE FROM {table}")

    def _connection(self, name: str) -> Connection:
        if name not in self._connections:
            engine = create_engine(self.url(name), isolation_level="AUTOCOMMIT", poolclass=NullPool)
            self._connections[name] = self._open.enter_context(engine.connect())
            if self.beginning:
                self._connections[name].exec_driver_sql(self.beginning)
        return self._connections[name]

    def _run(self, statement: str) -> None:
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


class PostgreSQLDatabases(_SQLDatabases):
    """The databases of a PostgreSQL server."""

    dropping: ClassVar[str] = "WITH (FORCE)"
    relations: ClassVar[str] = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    tables: ClassVar[str] = f"{relations} AND relkind IN ('r', 'p') AND NOT relispartition"


class MySQLDatabases(_SQLDatabases):
    """The databases of a MariaDB or MySQL server."""

    beginning: ClassVar[str] = "SET foreign_key_checks = 0"  # tests leave tables that refer to each other
    tables: ClassVar[str] = "SHOW TABLES"
    relations: ClassVar[str] = "SHOW TABLES"


class MongoDBDatabases(Databases):
    """The databases of a MongoDB server."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._connected: Any = None

    def url(self, name: str) -> str:
        hosts, database, options = re.fullmatch(r"([^:]+://[^/?]+)(?:/([^?]*))?(?:\?(.*))?", self._url).groups("")
        if "@" in hosts and "authSource=" not in options:
            options = "&".join(filter(None, [options, f"authSource={database or 'admin'}"]))
        return f"{hosts}/{name}{options and '?'}{options}"

    def create(self, name: str) -> str:
        return self.url(name)

    def drop(self, name: str) -> None:
        self._client.drop_database(name)

    def shape(self, name: str) -> frozenset[str]:
        return frozenset(self._client[name][f"{_PREFIX}entries"].index_information())

    def empty(self, name: str) -> None:
        database = self._client[name]
        for collection in database.list_collection_names():
            if not collection.startswith(_PREFIX):
                database.drop_collection(collection)
            elif collection != _SCHEMA:
                database[collection].delete_many({})

    @property
    def _client(self) -> Any:
        import pymongo

        if self._connected is None:
            self._connected = self._open.enter_context(pymongo.MongoClient(self._url))
        return self._connected
