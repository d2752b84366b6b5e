"""How hard a run tries where a test does something many times: as hard as it can, or a fraction of that."""

from __future__ import annotations

import os
from math import ceil

import pytest

__all__ = ["EFFORT", "effort"]

EFFORT = "ACTIVITYLOG_TEST_EFFORT"


def _fraction(given: str) -> float:
    try:
        fraction = float(given)
    except ValueError:
        fraction = 0
    if not 0 < fraction <= 1:
        raise pytest.UsageError(f"{EFFORT} is {given!r}: a fraction above 0 and up to 1 is expected, such as 0.25")
    return fraction


_FRACTION = _fraction(os.environ.get(EFFORT, "1"))


def effort(whole: int, *, least: int) -> int:
    """Return how often to do something: the whole, or as much of it as the run has time for.

    ``least`` is the number below which the test would show nothing any more.
    """
    return max(least, ceil(whole * _FRACTION))
