"""What all servers have in common."""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import IO, ClassVar, Self

from servers.databases import Databases
from servers.guarded import Guarded

__all__ = ["Server", "ServerFailed"]

_PATIENCE = 60


class ServerFailed(Exception):
    """A server did not start; the message ends with what it wrote last."""


class Server(ABC):
    """A server on a folder of its own. Killed and started again it has its data and its address as before."""

    account: ClassVar[str | None] = None
    """Whose process it is when root runs the tests; None where it may be root's."""
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    databases: ClassVar[type[Databases]]
    first_database: ClassVar[str]
    """One that every such server has."""

    def __init__(self, directory: Path, *, durable: bool = True, lifeline: IO[bytes] | None = None) -> None:
        """Name the folder, which is there and empty, and whose path is short enough for sockets.

        Args:
            directory: Where data, socket and log are to be.
            durable: False trades what would be lost with the power, though not with the process, for speed.
            lifeline: With whose end the server ends, if not with this process.
        """
        self.directory = directory
        self.data = directory / "data"
        self.log = directory / "log"
        self._durable = durable
        self._lifeline = lifeline
        self._process: Guarded | None = None
        if self.user is not None:
            os.chown(directory, *_ids(self.user))

    @staticmethod
    @abstractmethod
    def missing() -> str:
        """Say what is missing to start one, and how to have it; empty where nothing is."""

    @abstractmethod
    def url(self, database: str) -> str:
        """Return the address of one of its databases, which need not exist."""

    def create_database(self, name: str) -> str:
        """Make a database, and return its URL."""
        with closing(self.databases(self.url(self.first_database))) as databases:
            return databases.create(name)

    @abstractmethod
    def create(self) -> None:
        """Make the data of a new server."""

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """Return what runs it in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Tell whether it can be spoken to."""

    @property
    def user(self) -> str | None:
        """The account that it is to run under, if not this process's own."""
        return self.account if os.geteuid() == 0 else None

    @property
    def pid(self) -> int:
        """The process that serves."""
        return self._process.pid

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        if not self.data.exists():
            self.create()
        self._process = Guarded(self.command(), log=self.log, user=self.user, lifeline=self._lifeline)
        give_up = monotonic() + _PATIENCE
        while not self.answers():
            if self._process.ended(within=0.05) or monotonic() > give_up:
                self.kill()
                said = self.log.read_text(errors="replace")[-2000:]
                raise ServerFailed(f"{type(self).__name__} did not start: {said}")
        return self

    def stop(self) -> None:
        """End it in good order."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._end(signal.SIGKILL)

    def restart(self) -> Self:
        """Start it again, on the same data and address."""
        self.stop()
        return self.start()

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        if not self._process.ended(within=0):
            self._process.signal(number)
        self._process.ended(within=_PATIENCE)
        self._process.close()
        self._process = None


def _ids(user: str) -> tuple[int, int]:
    import pwd

    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid
