"""Templates: ``log.templates``."""

from __future__ import annotations

from collections.abc import Callable

from activitylog.call import Call

__all__ = ["Templates"]


class Templates:
    """The templates of a tenant."""

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call
