"""The peers: packages that Python applications embed for the same purpose, and the tools of those who write their own.

What is imported here needs none of them: a peer's module is imported in the peer's own process.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pkgutil import resolve_name

from attrs import frozen

from benchmarks.contender import Contender

__all__ = ["PEERS", "Peer", "made"]

_SQL = ("sqlite", "sqlite-normal", "postgresql", "mysql")
_MOST = ("sqlite", "sqlite-normal", "postgresql")


@frozen
class Peer:
    """A peer, where it is measured, and at what."""

    name: str
    package: str
    contender: str
    stores: tuple[str, ...] = _MOST
    rows: tuple[str, ...] = ("record", "bulk", "page")

    def version(self) -> str | None:
        """Return the version that is installed, or None."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return None


PEERS = (
    Peer("SQLAlchemy Core", "sqlalchemy", "benchmarks.peers.core:Core", _SQL, ("record", "keyed", "bulk", "page")),
    Peer("SQLAlchemy ORM", "sqlalchemy", "benchmarks.peers.orm:ORM", _SQL, ("record", "keyed", "bulk", "page")),
    Peer("activity-stream", "django-activity-stream", "benchmarks.peers.activity_stream:ActivityStream"),
    Peer("auditlog", "django-auditlog", "benchmarks.peers.auditlog:AuditLog"),
    Peer("eventsourcing", "eventsourcing", "benchmarks.peers.eventsourcing:EventSourcing"),
    Peer("pghistory", "django-pghistory", "benchmarks.peers.pghistory:PgHistory", ("postgresql",), ("bulk",)),
    Peer("executemany", "psycopg", "benchmarks.ideal.postgresql:PostgreSQLExecutemany", ("postgresql",), ("bulk",)),
    Peer("skip", "pymongo", "benchmarks.ideal.mongodb:MongoDBSkip", ("mongodb",), ("page",)),
)


def made(name: str, url: str) -> Contender:
    """Make a contender, ``module:class``, on a database."""
    return resolve_name(name)(url)
