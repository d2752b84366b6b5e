"""From a URL, or an engine of the host's, to a store.

SQLAlchemy takes longer to load than all of ours: a store on a SQLite file, whose connections are its own, goes without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from activitylog.storage import Storage
from activitylog_sql._database import DriverDatabase
from activitylog_sql._sqlite import SQLiteDatabase, connections_of
from activitylog_sql._storage import storage_of
from activitylog_sql._work import Own

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

__all__ = ["open_storage", "upgrade"]


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
    return storage_of(Own(_database_of(source)))


def _database_of(source: str | Engine) -> DriverDatabase:
    if isinstance(source, str) and (own := connections_of("sqlite://" if source == ":memory:" else source)):
        return SQLiteDatabase(own)
    from activitylog_sql._engines import of_engine, of_server

    return of_server(source) if isinstance(source, str) else of_engine(source)


def upgrade(connection: Connection) -> None:
    """Create or upgrade the tables on a host's connection, within its transaction: for the host's own migrations.

    Raises:
        SchemaMismatch: the tables are newer than this library can serve.
        Unsupported: the connection is of another database or driver.
    """
    from activitylog_sql._binding import bind
    from activitylog_sql._engines import of_engine

    bind(of_engine(connection.engine), connection).migrate()
