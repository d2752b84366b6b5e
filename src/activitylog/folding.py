"""Folding: similar neighbours of a timeline shown as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

from attrs import frozen

from activitylog.activity import Activity
from activitylog.aliases import Groups

__all__ = ["Fold", "folds"]

FOLD_MAX: Final = 100


@frozen
class Fold:
    """Neighbours of one type, actor and subjects, each within the window of the next; often just one.

    ``activities`` stand in the timeline's order; ``first`` and ``last`` are the ends of it.
    """

    activities: tuple[Activity, ...]

    @property
    def first(self) -> Activity:
        """The one that comes first in the timeline's order."""
        return self.activities[0]

    @property
    def last(self) -> Activity:
        """The one that comes last in the timeline's order."""
        return self.activities[-1]

    @property
    def count(self) -> int:
        """How many there are, 1 to 100."""
        return len(self.activities)

    def to_dict(self) -> dict[str, Any]:
        """Return the fold as plain JSON values."""
        return {"count": self.count, "activities": [activity.to_dict() for activity in self.activities]}


def folds(activities: Iterable[Activity], window: timedelta, groups: Callable[[str], Groups]) -> Iterator[Fold]:
    """Give the folds of activities that come in a timeline's order; one of more than 100 is cut.

    Subjects that were merged are the same: ``groups`` tells of a tenant which were.
    """
    group: list[Activity] = []
    for activity in activities:
        if group and not (len(group) < FOLD_MAX and _alike(group[-1], activity, window, groups)):
            yield Fold(tuple(group))
            group = []
        group.append(activity)
    if group:
        yield Fold(tuple(group))


def _alike(one: Activity, other: Activity, window: timedelta, groups: Callable[[str], Groups]) -> bool:
    return (
        one.type == other.type
        and abs(one.occurred_at - other.occurred_at) <= window
        and one.actor == other.actor
        and _about(one, groups) == _about(other, groups)
    )


def _about(activity: Activity, groups: Callable[[str], Groups]) -> tuple[str, set[str]]:
    merged = groups(activity.tenant)
    return activity.tenant, {merged.root(str(subject)) for subject in activity.subjects}
