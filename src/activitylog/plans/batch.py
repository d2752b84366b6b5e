"""Batches: what one plan wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, Unpack
from uuid import UUID

from attrs import evolve, frozen

from activitylog import handling, signals
from activitylog.activity import Activity
from activitylog.call import Call
from activitylog.draft import checked_tags
from activitylog.errors import InvalidInput
from activitylog.limits import COMMENT, checked_text
from activitylog.plans.applying import apply_to_all, delete_all
from activitylog.plans.contacts import report
from activitylog.plans.stored import checked_id, close, forget_files, head_of, progress_of
from activitylog.refs import RefLike, principals
from activitylog.reports import Report
from activitylog.timeline import Timeline
from activitylog.times import When

__all__ = ["Batch", "BatchFields", "fixed"]


class BatchFields(handling.Editable, total=False):
    """What can be changed of all activities of a batch at once; the facts only of manual ones. See ``Draft``."""

    due_at: When | None
    readers: Iterable[RefLike] | RefLike
    editors: Iterable[RefLike] | RefLike
    tags: Iterable[str]
    pinned: bool


def fixed(calls: Callable[[], Call]) -> Callable[[], Call]:
    """Return the calls with the tenant of this moment, and its language where no scope names another."""
    now = calls()
    return lambda: calls().within(now.tenant, now.language)


@frozen(eq=False, repr=False)
class Batch:
    """The activities that a plan wrote, together.

    Attributes:
        id: that of the plan; ``Activity.batch`` and the filter ``batch=``.
    """

    id: str
    _call: Callable[[], Call]
    _timeline: Timeline[Activity]

    @classmethod
    def of_plan(cls, calls: Callable[[], Call], everything: Timeline[Activity], id: UUID | str) -> Batch:
        """Return what the plan of this id wrote.

        Raises:
            InvalidInput: there is no such plan in the tenant.
        """
        found = checked_id(id)
        head_of(calls(), found)
        return cls(found, fixed(calls), everything)

    def timeline(self) -> Timeline[Activity]:
        """Return the activities, as a timeline."""
        return self._timeline.filter(batch=self.id)

    def edit(self, *, comment: str = "", **fields: Unpack[BatchFields]) -> None:
        """Change all activities that are not deleted, a version each; what they are already is left as it is.

        ``due_at``, ``readers``, ``editors``, ``tags`` and ``pinned`` on all; ``data``, ``title``, ``note``,
        ``occurred_at`` and ``ended_at`` only where all are manual. It may be repeated where it was interrupted.

        Raises:
            InvalidInput: a value does not fit, or is changed on each activity by itself.
            Immutable: one is a system entry, and a fact is to be changed; nothing was.
        """
        call = self._call()
        apply_to_all(call, self.id, "edited", _edited(call, fields), signals.edited, comment)

    def transition(self, status: str, *, comment: str = "") -> None:
        """Lead all activities that are not deleted to another status.

        Raises:
            TransitionNotAllowed: one of them does not lead there; none was changed.
        """
        call = self._call()
        step = handling.transitioned(call, status)
        apply_to_all(call, self.id, "transitioned", step, signals.transitioned, comment)

    def report(self) -> Report:
        """Return the plan's report, with the ids of the activities."""
        call = self._call()
        return report(call, self.id, head_of(call, self.id), progress_of(call, self.id), call.language)

    def undo(self, *, comment: str = "") -> None:
        """Delete all activities, system entries too, and close the plan: nothing can be added to it any more.

        Those of people can be restored one by one. It may be repeated where it was interrupted.
        """
        call = self._call()
        call.named_actor()
        checked_text("comment", comment, COMMENT)
        close(call, self.id)
        forget_files(call, self.id)
        delete_all(call, self.id, comment)

    def __repr__(self) -> str:
        return f"<Batch {self.id}>"


def _edited(call: Call, fields: Mapping[str, Any]) -> handling.Step:
    """Return the change that the fields mean together."""
    for name in fields:
        if name not in BatchFields.__annotations__:
            known = ", ".join(BatchFields.__annotations__)
            raise InvalidInput(
                name, f"is not changed for a whole batch, {known} are: use the log's verb on each activity"
            )
    steps: list[handling.Step] = []
    if facts := {name: value for name, value in fields.items() if name in handling.Editable.__annotations__}:
        steps.append(handling.edited(call, facts))
    if shared := {name: principals(name, fields[name]) for name in ("readers", "editors") if name in fields}:
        steps.append(handling.shared(shared.get("readers"), shared.get("editors")))
    if "tags" in fields:
        tags = checked_tags(fields["tags"])
        steps.append(lambda record: evolve(record, tags=tags))
    if "pinned" in fields:
        if not isinstance(fields["pinned"], bool):
            raise InvalidInput("pinned", f"True or False is expected, not {type(fields['pinned']).__name__}")
        steps.append(handling.pinned(fields["pinned"]))
    if "due_at" in fields:
        steps.append(handling.due(call, fields["due_at"]))
    return lambda record: reduce(lambda changed, step: step(changed), steps, record)
