"""What a log tells when it is asked for everything, as plain values that can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from activitylog import ActivityLog
from activitylog.timeline import Timeline

__all__ = ["told_of"]

_DIMENSIONS = ("type", "category", "channel", "direction", "actor", "team", "status", "assignee", "subject")
_UNITS = ("hour", "day", "week", "month")
_ZONES = ("UTC", "Europe/Berlin", "America/St_Johns")


def told_of(log: ActivityLog, timelines: dict[str, Timeline[Any]]) -> dict[str, Any]:
    """Ask each timeline for its pages and counts, and the log for each entry's history."""
    whole = log.everything().filter(deleted=None, archived=None)
    entries = {str(entry.id): entry for entry in whole}
    return {
        "entries": {id: (entry.to_dict(), entry.label, entry.summary) for id, entry in entries.items()},
        "again": {id: log.get(id).to_dict() for id in entries},
        "histories": {id: log.history(id) for id in entries},
        **{name: _timeline(timeline) for name, timeline in timelines.items()},
    }


def _timeline(timeline: Timeline[Any]) -> dict[str, Any]:
    first = timeline.first()
    return {
        "forth": [[str(entry.id) for entry in page] for page in _forth(timeline)],
        "back": [[str(entry.id) for entry in page] for page in _back(timeline)],
        "oldest first": [str(entry.id) for entry in timeline.oldest_first()],
        "by due": [str(entry.id) for entry in timeline.by_due()],
        "folds": [fold.to_dict() for fold in timeline.folded(timedelta(hours=1))],
        "first": first and first.to_dict(),
        "exists": timeline.exists(),
        "count": (timeline.count(), timeline.count(at_most=3)),
        "counts": {name: timeline.count_by(name) for name in _DIMENSIONS},
        "matrix": timeline.count_by("type", "status", "actor"),
        "over time": {
            (unit, tz): timeline.count_by(unit, tz=tz) for unit in ("hour", "day", "week", "month") for tz in _ZONES
        },
    }


def _forth(timeline: Timeline[Any]) -> Iterator[Any]:
    yield (page := timeline.page(7))
    while page.next:
        yield (page := timeline.page(7, after=page.next))


def _back(timeline: Timeline[Any]) -> Iterator[Any]:
    *_, page = _forth(timeline)
    while page.previous:
        yield (page := timeline.page(5, before=page.previous))
