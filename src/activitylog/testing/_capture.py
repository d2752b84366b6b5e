"""What a test of the host's sees of a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from activitylog import signals
from activitylog.activity import Activity
from activitylog.log import ActivityLog
from activitylog.refs import RefLike

__all__ = ["RecordingLog", "capturing"]


@contextmanager
def capturing(log: ActivityLog) -> Iterator[list[Activity]]:
    """Give the list of activities that the log records, and commits, within the block."""
    seen: list[Activity] = []

    def receive(_: Any, activities: tuple[Activity, ...]) -> None:
        seen.extend(activities)

    with signals.recorded.connected_to(receive, sender=log.base):
        yield seen


class RecordingLog(ActivityLog):
    """A log that can be asked what it holds, oldest first: for tests."""

    def recorded(self, *subjects: RefLike, types: Any = None) -> list[Activity]:
        """Return what is recorded about these subjects (or at all), of these types (or any), oldest first."""
        timeline = self.timeline(*subjects) if subjects else self.everything()
        return list(timeline.filter(types=types, archived=None, deleted=None).oldest_first())
