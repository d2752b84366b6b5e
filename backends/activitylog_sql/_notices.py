"""Notices between the processes of a host on PostgreSQL: something was recorded, look now."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any, Final

from activitylog import ActivityLog, signals
from activitylog.errors import InvalidInput, MissingExtra

__all__ = ["Notices"]

_logger: Final = logging.getLogger("activitylog")
_CHANNEL: Final = "activitylog"
_PATIENCE: Final = 1.0
"""Seconds after which a thread looks whether it is to end."""
_PAUSE: Final = 5.0
"""Seconds until a lost connection is made anew."""


class Notices:
    """Sends PostgreSQL's ``NOTIFY`` when something was recorded, and hears those of other processes.

    Each direction has a connection and a thread of its own, made when it is first needed: notices go out after the
    commit, at most one in ``every``, and never hold a transaction of the host's up. They say that there is something,
    and nothing about it. A forked process that is to hear them calls ``listen`` itself.

    Args:
        database: a URL, or a function that returns a new connection of psycopg 3.
        every: between two notices, at least.

    Raises:
        InvalidInput: the URL is not one of PostgreSQL.
        MissingExtra: psycopg is not installed.
    """

    def __init__(self, database: str | Callable[[], Any], *, every: timedelta = timedelta(milliseconds=100)) -> None:
        self._connect = database if callable(database) else _connecting(database)
        self._every = every.total_seconds()
        self._pending = Event()
        self._closed = Event()
        self._threads: list[Thread] = []
        self._logs: list[ActivityLog] = []

    def announce(self, log: ActivityLog) -> None:
        """Send a notice after each commit in which this process records something through the log."""
        self._logs.append(log.base)
        signals.recorded.connect(self._recorded, sender=log.base)

    def listen(self, heard: Callable[[], object]) -> None:
        """Call back when another process, or this one, has recorded something; such as ``LiveFeed.wake``."""
        self._start(self._hear, heard)

    def close(self) -> None:
        """End the threads, and close the connections."""
        for log in self._logs:
            signals.recorded.disconnect(self._recorded, sender=log)
        self._closed.set()
        self._pending.set()
        for thread in self._threads:
            thread.join()

    def _recorded(self, sender: Any, **_: Any) -> None:
        self._pending.set()
        if not any(thread.name == _SENDER and thread.is_alive() for thread in self._threads):  # none is, after a fork
            self._start(self._send, name=_SENDER)

    def _start(self, work: Callable[..., None], *given: Any, name: str = "activitylog-listening") -> None:
        thread = Thread(target=self._lasting, args=(work, *given), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _lasting(self, work: Callable[..., None], *given: Any) -> None:
        """Go on with another connection where one is lost."""
        while not self._closed.is_set():
            try:
                with self._connect() as connection:
                    connection.autocommit = True
                    work(connection, *given)
            except Exception as error:  # the connection is lost, or who hears has failed
                _logger.warning("notices: begun anew (%s)", type(error).__name__)
                self._closed.wait(_PAUSE)

    def _send(self, connection: Any) -> None:
        while not self._closed.is_set():
            if self._pending.wait(_PATIENCE) and not self._closed.is_set():
                self._pending.clear()
                connection.execute(f"NOTIFY {_CHANNEL}")
                self._closed.wait(self._every)

    def _hear(self, connection: Any, heard: Callable[[], object]) -> None:
        connection.execute(f"LISTEN {_CHANNEL}")
        heard()  # there may have been something before
        while not self._closed.is_set():
            for _ in connection.notifies(timeout=_PATIENCE, stop_after=1):
                heard()


_SENDER: Final = "activitylog-announcing"


def _connecting(given: str) -> Callable[[], Any]:
    try:
        import psycopg
    except ImportError as error:
        raise MissingExtra("postgresql", "notices") from error
    from sqlalchemy.engine import make_url  # it takes long to load, and few have notices

    url = make_url(given)
    if url.get_backend_name() != "postgresql":
        raise InvalidInput("database", f"notices need PostgreSQL, not {url.get_backend_name()}")
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return lambda: psycopg.connect(conninfo, autocommit=True)
