"""Plans: ``log.plans``."""

from __future__ import annotations

from collections.abc import Callable

from activitylog.activity import Activity
from activitylog.call import Call
from activitylog.timeline import Timeline

__all__ = ["Plan", "Plans"]


class Plans:
    """Makes plans."""

    def __init__(self, call: Callable[[], Call], everything: Callable[[], Timeline[Activity]]) -> None:
        self._call = call


class Plan:
    """A plan."""
