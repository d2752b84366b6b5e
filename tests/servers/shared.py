"""The servers that a whole test run shares: each is started by whoever needs it first, and ends with the run."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from attrs import frozen

from servers.mariadb import MariaDB
from servers.mongodb import MongoDB
from servers.postgresql import PostgreSQL
from servers.server import Server, ServerFailed

__all__ = ["KINDS", "Kind", "Missing", "SharedServers"]


@frozen
class Kind:
    """A store that lives on a server."""

    server: type[Server]
    variable: str
    """What names, in the environment, the URL of a server to be used instead of one of our own."""

    @property
    def given(self) -> str:
        """The URL that the environment names, or nothing."""
        return os.environ.get(self.variable, "")


KINDS: Mapping[str, Kind] = {
    "postgresql": Kind(PostgreSQL, "ACTIVITYLOG_TEST_POSTGRESQL_URL"),
    "mysql": Kind(MariaDB, "ACTIVITYLOG_TEST_MYSQL_URL"),
    "mongodb": Kind(MongoDB, "ACTIVITYLOG_TEST_MONGODB_URL"),
}

# All that the run has written is in one folder; whose servers may be writing still when it is to go.
_JANITOR = 'cat >/dev/null; until rm -rf "$0" 2>/dev/null; do sleep 0.1; done'


class Missing(Exception):
    """A store is not to be had; the message says how to have it."""


class SharedServers:
    """The servers of a run, known to its processes by the run's folder."""

    def __init__(self, folder: Path) -> None:
        """Join a run that another process has begun."""
        self.folder = folder
        self._servers: list[Server] = []
        self._lifeline: IO[bytes] | None = None

    @classmethod
    def begin(cls) -> Self:
        """Begin a run, which lasts until it is closed, or this process ends."""
        folder = Path(tempfile.mkdtemp(prefix="activitylog-"))
        folder.chmod(0o755)  # servers may run under another account
        run = cls(folder)
        os.mkfifo(run._fifo)
        run._lifeline = os.fdopen(os.open(run._fifo, os.O_RDWR), "wb", buffering=0)
        with run._fifo.open("rb") as lifeline:
            run._janitor = subprocess.Popen(["sh", "-c", _JANITOR, folder], stdin=lifeline, start_new_session=True)
        return run

    def close(self) -> None:
        """End the run in the process that began it."""
        self._lifeline.close()
        self._janitor.wait()

    def url(self, store: str) -> str:
        """Return the URL of a store's server, of some database on it; start it if it does not run yet.

        Raises:
            Missing: there is none, and none can be started.
        """
        kind = KINDS[store]
        if kind.given:
            self._note(store, "given")
            return kind.given
        with self._locked(store):
            if (reason := self._read(store, "missing")) is not None:
                raise Missing(reason)
            return self._read(store, "url") or self._start(store)

    def private(self, store: str) -> Server:
        """Return a server of the caller's own, not yet started, with its defaults for durability."""
        kind = KINDS[store]
        if reason := kind.server.missing():
            self._note(store, reason, "missing")
            raise Missing(reason)
        self._note(store, "one of the test's own", "private")
        folder = Path(tempfile.mkdtemp(prefix="own-", dir=self.folder))
        folder.chmod(0o755)
        return kind.server(folder)

    def said(self, store: str) -> str | None:
        """Return why a store was not tested, nothing if it was, None if nothing asked for it."""
        if (reason := self._read(store, "missing")) is not None:
            return reason
        return "" if self._read(store, "url") or self._read(store, "private") else None

    def _start(self, store: str) -> str:
        try:
            running = self._started(KINDS[store].server, self.folder / store)
        except (Missing, ServerFailed, subprocess.CalledProcessError) as error:
            self._note(store, str(error), "missing")
            raise Missing(str(error)) from error
        self._servers.append(running)  # it is never closed: it belongs to the run
        self._note(store, url := running.url(running.first_database))
        return url

    def _started(self, server: type[Server], folder: Path) -> Server:
        if reason := server.missing():
            raise Missing(reason)
        folder.mkdir()
        with self._fifo.open("rb") as lifeline:
            return server(folder, durable=False, lifeline=lifeline).start()

    @property
    def _fifo(self) -> Path:
        return self.folder / "lifeline"

    @contextmanager
    def _locked(self, store: str) -> Iterator[None]:
        with (self.folder / f"{store}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _note(self, store: str, text: str, what: str = "url") -> None:
        (self.folder / f"{store}.{what}").write_text(text)

    def _read(self, store: str, what: str) -> str | None:
        file = self.folder / f"{store}.{what}"
        return file.read_text() if file.exists() else None
