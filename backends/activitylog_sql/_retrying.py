"""Running a transaction of ours again where it had to give way to another."""

from __future__ import annotations

from collections.abc import Callable
from random import uniform
from time import sleep
from typing import Final, TypeVar

from activitylog.errors import WriteConflict

__all__ = ["retried"]

_Answer = TypeVar("_Answer")

_TIMES: Final = 8
"""Of eight threads that wrote and purged the same six entries on MariaDB, three did not always do, and six did."""
_PAUSE: Final = 0.01
_DOUBLINGS: Final = 4


def retried(call: Callable[[], _Answer], *, times: int = _TIMES) -> _Answer:
    """Call it, and up to so many times again; what it did before it gave way has been undone."""
    for attempt in range(times):
        try:
            return call()
        except WriteConflict:  # a pause by chance, so that two who met do not meet again
            sleep(uniform(0, _PAUSE * 2 ** min(attempt, _DOUBLINGS)))  # noqa: S311
    return call()
