"""A store elsewhere than the host's data waits for Django's transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connections, transaction

from activitylog.deferring import DeferredStorage
from activitylog.storage.discovery import open_storage

__all__ = ["deferred"]


def deferred(store: Any, alias: str) -> DeferredStorage:
    """Return a store that writes after the commits of one of the host's databases.

    Raises:
        InvalidInput, MissingExtra: as ``ActivityLog``.
    """
    return DeferredStorage(open_storage(store), _Transactions(alias))


class _Transactions:
    def __init__(self, alias: str) -> None:
        self._alias = alias

    def are_open(self) -> bool:
        return bool(connections[self._alias].in_atomic_block)

    def after_commit(self, callback: Callable[[], None], /) -> None:
        transaction.on_commit(callback, using=self._alias)
