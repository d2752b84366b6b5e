"""The store in memory: for tests, for trying things out, and as the reference for all other stores."""

from __future__ import annotations

from activitylog.errors import InvalidInput
from activitylog.storage import Storage
from activitylog_memory.storage import MemoryStorage

__all__ = ["MemoryStorage", "open_storage"]


def open_storage(url: str = "memory://") -> Storage:
    """Open a new, empty store.

    Raises:
        InvalidInput: the URL is another than ``memory://``: a store in memory has no name by which to share it.
    """
    if url != "memory://":
        raise InvalidInput("store", "the store in memory has nothing to configure: write memory://")
    return MemoryStorage()
