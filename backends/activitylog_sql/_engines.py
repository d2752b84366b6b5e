"""From an engine of SQLAlchemy's to a database: the host's, or one that is made from the URL of a server."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from activitylog.errors import InvalidInput, MissingExtra, Unsupported
from activitylog_sql._database import DriverDatabase
from activitylog_sql._options import PATIENCE, number
from activitylog_sql._sqlite import SQLiteDatabase
from activitylog_sql._sqlite.engine_connections import EngineConnections

__all__ = ["of_engine", "of_server"]

_POOL_SIZE: Final = 10
_CONNECT_TIMEOUT: Final = "10"

_SERVERS: Final = {
    "postgresql": ("postgresql", "psycopg", "activitylog_sql._postgresql", "PostgreSQLDatabase"),
    "mysql": ("mysql", "pymysql", "activitylog_sql._mysql", "MySQLDatabase"),
    "mariadb": ("mysql", "pymysql", "activitylog_sql._mysql", "MySQLDatabase"),
}
"""For each product: its extra, its driver, and where the kind of its databases stands."""


def of_engine(engine: object) -> DriverDatabase:
    """Return the database of a host's engine.

    Raises:
        InvalidInput: it is no engine.
        Unsupported: it is of another database or driver.
        MissingExtra: what the store needs there is not installed.
    """
    if not isinstance(engine, Engine):
        raise InvalidInput(
            "store",
            f"a {type(engine).__name__} cannot be shared: give a URL or an Engine, and write through bound_to(it)",
        )
    name = engine.dialect.name
    if name == "sqlite":
        return SQLiteDatabase(EngineConnections(engine))
    made: DriverDatabase = _kind(name, engine.dialect.driver)(engine, owned=False)
    return made


def of_server(given: str) -> DriverDatabase:
    """Return the database of a URL, with connections of our own.

    Raises:
        InvalidInput: the URL is not understood.
        Unsupported: it is of another database or driver.
        MissingExtra: the driver is not installed.
    """
    url = _parsed(given)
    name, _, driver = url.drivername.partition("+")
    driver = driver or _SERVERS.get(name, ("", ""))[1]  # no other one is served
    kind = _kind(name, driver)
    options = dict(url.query)
    size = number("pool_size", options.pop("pool_size", None), _POOL_SIZE, least=1, most=1000)
    patience = number("pool_timeout", options.pop("pool_timeout", None), PATIENCE, least=0, most=3600)
    options.setdefault("connect_timeout", _CONNECT_TIMEOUT)
    if not url.database:
        raise InvalidInput("store", f"the URL names no database: write {name}+{driver}://user:password@host/name")
    engine = create_engine(url.set(drivername=f"{name}+{driver}", query=options), poolclass=NullPool)
    made: DriverDatabase = kind(engine, owned=True, pool_size=int(size), patience=patience)
    return made


def _parsed(given: str) -> URL:
    try:
        return make_url(given)
    except ArgumentError as error:
        raise InvalidInput(
            "store", "this is no URL: write sqlite:///path/to/file.db, or postgresql+psycopg://user:password@host/name"
        ) from error


def _kind(name: str, driver: str) -> Any:
    """Return the class of databases of this product."""
    if name not in _SERVERS:
        raise Unsupported(f"store: activities can be kept in SQLite, PostgreSQL, MySQL and MariaDB, not in {name}")
    extra, wanted, module, kind = _SERVERS[name]
    if driver != wanted:
        raise Unsupported(f"store: on {name} the driver is {wanted}, not {driver}: write {name}+{wanted}://…")
    try:
        return getattr(import_module(module), kind)
    except ImportError as error:
        raise MissingExtra(extra, f"a store on {name}") from error
