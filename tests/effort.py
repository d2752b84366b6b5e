"""How hard a run tries where a test does something many times: as hard as it can, or a fraction of that."""

from __future__ import annotations

import os
from functools import cache
from math import ceil

import pytest

__all__ = ["effort", "fraction"]

_EFFORT = "ACTIVITYLOG_TEST_EFFORT"


def effort(whole: int, *, least: int) -> int:
    """Return how often to do something: the whole, or as much of it as the run has time for.

    ``least`` is the number below which the test would show nothing any more.
    """
    return max(least, ceil(whole * fraction()))


@cache
def fraction() -> float:
    """Return what the environment says.

    Raises:
        pytest.UsageError: it is no fraction.
    """
    given = os.environ.get(_EFFORT, "1")
    try:
        read = float(given)
    except ValueError:
        read = 0.0
    if not 0 < read <= 1:
        raise pytest.UsageError(f"{_EFFORT} is {given!r}: a fraction above 0 and up to 1 is expected, such as 0.25")
    return read
