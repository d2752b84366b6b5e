"""The connections of our own to a server: as many as the pool's size at most, each at work or waiting for it."""

from __future__ import annotations

import select
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any

from activitylog.errors import StorageUnavailable

__all__ = ["Pool", "has_news"]


class Pool:
    """Gives connections and takes them back; the one that came back last goes out first."""

    def __init__(self, connect: Callable[[], Any], *, size: int, patience: float, name: str) -> None:
        self._connect = connect
        self._size = size
        self._patience = patience
        self._name = name
        self._free = BoundedSemaphore(size)
        self.idle: list[Any] = []
        """Those that wait for work."""

    def take(self, is_alive: Callable[[Any], bool]) -> Any:
        """Return a connection that waits and ``is_alive``, or a new one.

        Raises:
            StorageUnavailable: all have been at work for as long as one is ready to wait.
        """
        if not self._free.acquire(timeout=self._patience):
            raise StorageUnavailable(
                f"{self._name}: all {self._size} connections of the log are in use: raise pool_size", retry=True
            )
        try:
            while self.idle:
                try:
                    connection = self.idle.pop()
                except IndexError:
                    break
                if is_alive(connection):
                    return connection
                connection.close()
            return self._connect()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, connection: Any, *, usable: bool) -> None:
        """Let the connection wait for work, or close it."""
        if usable:
            self.idle.append(connection)
        self._free.release()
        if not usable:
            connection.close()

    def clear(self) -> None:
        """Close those that wait."""
        while self.idle:
            try:
                self.idle.pop().close()
            except IndexError:
                return

    def renew(self) -> None:
        """Begin anew, without those that are waiting or at work: they are another process's."""
        self.idle = []
        self._free = BoundedSemaphore(self._size)


def has_news(file_number: int) -> bool:
    """Tell whether there is something to read: to a connection that waits for work a server only says that it goes."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(file_number, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([file_number], [], [], 0)[0])
