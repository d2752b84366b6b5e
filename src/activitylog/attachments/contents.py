"""Where the content of attachments is kept, once per tenant: the place is opened when it is first used."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from threading import Lock
from typing import Any
from uuid import uuid4

from activitylog.attachments.file_store import FileStore
from activitylog.attachments.place import Place
from activitylog.attachments.shelf import Shelf
from activitylog.storage import Storage

__all__ = ["FOLDER", "Contents"]

FOLDER = "activitylog-files"
"""Where contents are by default: a folder in the working directory."""


class Contents:
    """The content of all attachments of a log.

    Args:
        files: a path, a URL or a ``FileStore``; None for a folder in the working directory.
        in_memory: whether None means a place in memory instead, which lives as long as the process.
        store: of the log, outside of any transaction.
        present: gives the time by the log's clock.
    """

    def __init__(self, files: Any, *, in_memory: bool, store: Storage, present: Callable[[], datetime]) -> None:
        default = f"memory://activitylog-{uuid4().hex}" if in_memory else FOLDER
        self._where = files if isinstance(files, FileStore) else FileStore(default if files is None else files)
        self._store = store
        self._present = present
        self._lock = Lock()
        self._place = None if files is None else Place(self._where)

    def of(self, tenant: str) -> Shelf:
        """Return the contents of one tenant."""
        folder = blake2b(tenant.encode(), digest_size=16).hexdigest()
        return Shelf(self._opened(), folder, self._where, self._store, tenant, self._present)

    def _opened(self) -> Place:
        with self._lock:
            if self._place is None or self._place.process != os.getpid():  # drivers do not survive a fork
                self._place = Place(self._where)
            return self._place
