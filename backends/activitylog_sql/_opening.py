"""From a URL, or an engine of the host's, to a store."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool, StaticPool

from activitylog.errors import InvalidInput, Unsupported
from activitylog.storage import Storage
from activitylog_sql._binding import bind
from activitylog_sql._database import Database
from activitylog_sql._schema import run_steps
from activitylog_sql._storage import storage_of
from activitylog_sql._work import Own

__all__ = ["open_storage", "upgrade"]

_SYNCHRONOUS: Final = ("FULL", "NORMAL", "OFF", "EXTRA")
_PATIENCE: Final = 30.0


def open_storage(source: str | Engine) -> Storage:
    """Open the store on a SQLite file, in memory, or on a host's engine, whose settings it leaves alone.

    Nothing is read or written before the first call. A URL can carry ``?timeout=`` (seconds to wait for another
    writer, 30) and ``?synchronous=`` (``FULL``; ``NORMAL`` is faster and may lose the last commits with the power).

    Args:
        source: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, ``sqlite://`` or ``:memory:``; or an Engine.

    Raises:
        InvalidInput: the URL is not understood.
        Unsupported: it is of another database.
    """
    if isinstance(source, Engine):
        _check_dialect(source.dialect.name)
        return storage_of(Own(Database(source, owned=False, patience=_PATIENCE)))
    try:
        url = make_url("sqlite://" if source == ":memory:" else source)
    except ArgumentError as error:
        raise InvalidInput(
            "store", "this is no URL: write sqlite:///path/to/file.db, or sqlite:// for memory"
        ) from error
    _check_dialect(url.get_backend_name())
    return _open_file(url)


def upgrade(connection: Connection) -> None:
    """Create or upgrade the tables on a host's connection, within its transaction: for the host's own migrations.

    Raises:
        SchemaMismatch: the tables are newer than this library can serve.
        Unsupported: the connection is of another database than SQLite.
    """
    _check_dialect(connection.dialect.name)
    with bind(Database(connection.engine, owned=False, patience=_PATIENCE), connection).writing() as executor:
        run_steps(executor)


def _check_dialect(name: str) -> None:
    if name != "sqlite":
        raise Unsupported(f"store: this release keeps activities in SQLite; it has no store on {name}")


def _open_file(url: URL) -> Storage:
    options = dict(url.query)
    patience = _seconds(options.pop("timeout", None))
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

    def configure(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    event.listen(engine, "connect", configure)
    return storage_of(Own(Database(engine, owned=True, patience=patience)))


def _seconds(given: str | tuple[str, ...] | None) -> float:
    try:
        seconds = _PATIENCE if given is None else float(str(given))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise InvalidInput("store", "timeout is a number of seconds from 0 to 3600")
    return seconds
