"""Files of entries: ``log.files``."""

from __future__ import annotations

from collections.abc import Callable

from activitylog.call import Call

__all__ = ["Files"]


class Files:
    """Adds, opens and removes the files of entries."""

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call
