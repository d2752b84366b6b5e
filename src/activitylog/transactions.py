"""Whose an open transaction is: contexts are copied into tasks and threads, transactions are not."""

from __future__ import annotations

import asyncio
from threading import get_ident

from activitylog.errors import NotAllowed
from activitylog.storage import Storage

__all__ = ["OpenTransaction"]


class OpenTransaction:
    """A store within a transaction, for the thread and the task that began it."""

    def __init__(self, store: Storage) -> None:
        self._store = store
        self._owner = _here()
        self.ended = False

    def of_its_owner(self) -> Storage:
        """Return the store.

        Raises:
            NotAllowed: another task or thread asks, which a copied context led here.
        """
        if self._owner != _here():
            raise NotAllowed(
                "this transaction was begun in another task or thread: record before or after it, or there"
            )
        return self._store


def _here() -> tuple[int, asyncio.Task[object] | None]:
    try:
        return get_ident(), asyncio.current_task()
    except RuntimeError:  # no event loop runs here
        return get_ident(), None
