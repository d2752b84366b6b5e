"""A mixin for the host's own classes: their objects record activities and have a timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from activitylog.activity import Activity
from activitylog.draft import DraftFields
from activitylog.errors import InvalidInput
from activitylog.refs import Ref, RefLike
from activitylog.scope import surroundings
from activitylog.timeline import Timeline

if TYPE_CHECKING:
    from activitylog.log import ActivityLog

__all__ = ["Tracked"]


class Tracked:
    """Gives objects with ``__activity_ref__`` their own timeline, in the log of the scope: ``scope(log=…)``."""

    def __activity_ref__(self) -> Ref:
        """Return the ref of this object: to be defined by the class that takes this in.

        Raises:
            InvalidInput: it does not.
        """
        raise InvalidInput("ref", f"{type(self).__name__} names nothing: define __activity_ref__")

    def record_activity(self, what: Any, *others: RefLike, **fields: Unpack[DraftFields]) -> Activity:
        """Record an activity about this object, and others; see ``ActivityLog.record``."""
        return _log().record(what, self, *others, **fields)

    def timeline(self) -> Timeline[Activity]:
        """Return the timeline of this object."""
        return _log().timeline(self)


def _log() -> ActivityLog:
    log = surroundings().log
    if log is None:
        raise InvalidInput("log", "no scope names one: use scope(log=…) around it")
    return log
