"""For the host's own tests: ``TestCase`` never commits, and signals come after a commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import TestCase

from activitylog import Activity
from activitylog.testing import capturing
from activitylog_django.log import site

__all__ = ["recorded_activities"]


@contextmanager
def recorded_activities() -> Iterator[list[Activity]]:
    """Give the list of activities that are recorded within the block; it is filled when the block is left.

    Within a ``TestCase`` what waits for a commit runs then, other callbacks of ``transaction.on_commit`` too.
    """
    found = site()
    with capturing(found.log) as seen, TestCase.captureOnCommitCallbacks(using=found.alias, execute=True):
        yield seen
