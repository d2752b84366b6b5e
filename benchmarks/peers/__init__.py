"""The peers: packages that Python applications embed for the same purpose, and the tools of those who write their own.

What is imported here needs none of them: a peer's module is imported in the peer's own process.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pkgutil import resolve_name

from attrs import frozen

from benchmarks.contender import Contender

__all__ = ["PEERS", "Peer", "installed", "made"]

_SQL = ("sqlite", "sqlite-normal", "postgresql", "mysql")
_EXECUTEMANY, _SKIP = "executemany, ideal table", "skip, ideal collection"
_MOST = ("sqlite", "sqlite-normal", "postgresql")


@frozen
class Peer:
    """A peer, where it is measured, and at what."""

    name: str
    package: str
    contender: str
    stores: tuple[str, ...] = _MOST
    rows: tuple[str, ...] = ("record", "bulk", "page")


PEERS = (
    Peer("SQLAlchemy Core", "sqlalchemy", "benchmarks.peers.core:Core", _SQL, ("record", "keyed", "bulk", "page")),
    Peer("SQLAlchemy ORM", "sqlalchemy", "benchmarks.peers.orm:ORM", _SQL, ("record", "keyed", "bulk", "page")),
    Peer("activity-stream", "django-activity-stream", "benchmarks.peers.activity_stream:ActivityStream"),
    Peer("auditlog", "django-auditlog", "benchmarks.peers.auditlog:AuditLog"),
    Peer("eventsourcing", "eventsourcing", "benchmarks.peers.eventsourcing:EventSourcing"),
    Peer("pghistory", "django-pghistory", "benchmarks.peers.pghistory:PgHistory", ("postgresql",), ("bulk",)),
    Peer(_EXECUTEMANY, "psycopg", "benchmarks.ideal.postgresql:PostgreSQLExecutemany", ("postgresql",), ("bulk",)),
    Peer(_SKIP, "pymongo", "benchmarks.ideal.mongodb:MongoDBSkip", ("mongodb",), ("page",)),
)


def installed(package: str) -> str | None:
    """Return the version of a package that is installed, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def made(name: str, url: str) -> Contender:
    """Make a contender, ``module:class``, on a database."""
    return resolve_name(name)(url)
