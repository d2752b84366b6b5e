"""From a URL, or an engine of the host's, to a store."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

from activitylog.errors import InvalidInput, MissingExtra, Unsupported
from activitylog.storage import Storage
from activitylog_sql._binding import bind
from activitylog_sql._database import EngineDatabase
from activitylog_sql._sqlite import SQLiteDatabase
from activitylog_sql._storage import storage_of
from activitylog_sql._work import Own

__all__ = ["open_storage", "upgrade"]

_PATIENCE: Final = 30.0
_POOL_SIZE: Final = 10
_CONNECT_TIMEOUT: Final = "10"

_SERVERS: Final = {
    "postgresql": ("postgresql", "psycopg", "activitylog_sql._postgresql", "PostgreSQLDatabase"),
    "mysql": ("mysql", "pymysql", "activitylog_sql._mysql", "MySQLDatabase"),
    "mariadb": ("mysql", "pymysql", "activitylog_sql._mysql", "MySQLDatabase"),
}
"""For each product: its extra, its driver, and where the kind of its databases stands."""
_SYNCHRONOUS: Final = ("FULL", "NORMAL", "OFF", "EXTRA")


def open_storage(source: str | Engine) -> Storage:
    """Open the store on a SQL database, or on a host's engine, whose pool and settings it shares.

    Nothing is read or written before the first call. On a server ``setup`` has to have made the schema.

    Options of a URL: on SQLite ``?timeout=`` (seconds to wait for another writer, 30) and ``?synchronous=``
    (``FULL``; ``NORMAL`` is faster and may lose the last commits with the power). On a server ``?pool_size=``
    (connections of this log in this process, 10), ``?pool_timeout=`` (seconds to wait for one of them, 30) and
    whatever the driver takes, such as ``?connect_timeout=`` (seconds, 10).

    Args:
        source: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``sqlite://`` or ``:memory:``;
            ``postgresql+psycopg://user:password@host/database``; ``mysql+pymysql://user:password@host/database``
            (MariaDB too); or an Engine on one of these.

    Raises:
        InvalidInput: the URL is not understood.
        Unsupported: it is of another database or driver.
        MissingExtra: the driver is not installed.
    """
    if isinstance(source, Engine):
        return storage_of(Own(_of_host(source)))
    if not isinstance(source, str):
        raise InvalidInput(
            "store",
            f"a {type(source).__name__} cannot be shared: give a URL or an Engine, and write through bound_to(it)",
        )
    try:
        url = make_url("sqlite://" if source == ":memory:" else source)
    except ArgumentError as error:
        raise InvalidInput(
            "store", "this is no URL: write sqlite:///path/to/file.db, or postgresql+psycopg://user:password@host/name"
        ) from error
    return storage_of(Own(_open_file(url) if url.get_backend_name() == "sqlite" else _open_server(url)))


def upgrade(connection: Connection) -> None:
    """Create or upgrade the tables on a host's connection, within its transaction: for the host's own migrations.

    Raises:
        SchemaMismatch: the tables are newer than this library can serve.
        Unsupported: the connection is of another database or driver.
    """
    database = _of_host(connection.engine)
    bind(database, connection).migrate()


def _of_host(engine: Engine) -> EngineDatabase:
    name = engine.dialect.name
    if name == "sqlite":
        return SQLiteDatabase(engine, owned=False)
    made: EngineDatabase = _server_database(name, engine.dialect.driver)(engine, owned=False)
    return made


def _server_database(name: str, driver: str) -> Any:
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


def _open_server(url: URL) -> EngineDatabase:
    name, _, driver = url.drivername.partition("+")
    driver = driver or _SERVERS.get(name, ("", ""))[1]  # no other one is served
    kind = _server_database(name, driver)
    options = dict(url.query)
    size = _number("pool_size", options.pop("pool_size", None), _POOL_SIZE, least=1, most=1000)
    patience = _number("pool_timeout", options.pop("pool_timeout", None), _PATIENCE, least=0, most=3600)
    options.setdefault("connect_timeout", _CONNECT_TIMEOUT)
    if not url.database:
        raise InvalidInput("store", f"the URL names no database: write {name}+{driver}://user:password@host/name")
    engine = create_engine(url.set(drivername=f"{name}+{driver}", query=options), poolclass=NullPool)
    made: EngineDatabase = kind(engine, owned=True, pool_size=int(size), patience=patience)
    return made


def _open_file(url: URL) -> EngineDatabase:
    if url.host:
        raise InvalidInput(
            "store", "sqlite:/// has three slashes before a relative path, and four before an absolute one"
        )
    options = dict(url.query)
    patience = _number("timeout", options.pop("timeout", None), _PATIENCE, least=0, most=3600)
    synchronous = str(options.pop("synchronous", "FULL")).upper()
    if synchronous not in _SYNCHRONOUS:
        raise InvalidInput("store", f"synchronous is one of {', '.join(_SYNCHRONOUS)}")
    if options:
        raise InvalidInput(
            "store", f"there is no option {', '.join(sorted(options))}: there are timeout and synchronous"
        )
    in_memory = url.database in {None, "", ":memory:"}
    engine = create_engine(
        url.set(drivername="sqlite", query={}),
        connect_args={"isolation_level": None, "timeout": patience, "check_same_thread": False},
        pool_reset_on_return=None,  # each transaction of ours is ended by ourselves
        **(
            {"poolclass": StaticPool}
            if in_memory
            else {"poolclass": QueuePool, "max_overflow": -1, "pool_use_lifo": True}
        ),
    )

    def configure(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased, or was edited long before, is gone

    event.listen(engine, "connect", configure)
    return SQLiteDatabase(engine, owned=True, patience=patience)


def _number(name: str, given: str | tuple[str, ...] | None, otherwise: float, *, least: float, most: float) -> float:
    try:
        number = otherwise if given is None else float(str(given))
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise InvalidInput("store", f"{name} is a number from {least} to {most}")
    return number
