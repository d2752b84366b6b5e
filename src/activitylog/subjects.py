"""Subjects: ``log.subjects``."""

from __future__ import annotations

from collections.abc import Callable

from activitylog.call import Call

__all__ = ["Subjects"]


class Subjects:
    """What concerns subjects themselves: merging, and their own status."""

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call
