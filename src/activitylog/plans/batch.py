"""Batches: what one plan wrote."""

from __future__ import annotations

from collections.abc import Callable

from activitylog.activity import Activity
from activitylog.call import Call
from activitylog.timeline import Timeline

__all__ = ["Batch"]


class Batch:
    """What one plan wrote."""

    def __init__(self, call: Callable[[], Call], everything: Callable[[], Timeline[Activity]], id: str) -> None:
        self._call = call
        self._everything = everything
        self.id = id
