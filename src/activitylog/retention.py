"""Retention: ``log.retention``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard
from uuid import UUID

from activitylog import handling
from activitylog.activity import Activity, ActivityLike
from activitylog.call import Call
from activitylog.draft import single
from activitylog.errors import InvalidInput
from activitylog.holds import Hold, hold_subject, holds_of, release_subject
from activitylog.limits import COMMENT, checked_text
from activitylog.refs import RefLike

__all__ = ["Retention"]


class Retention:
    """How long entries are kept, and which are held."""

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call

    def hold(self, what: RefLike | ActivityLike, *, reason: str) -> None:
        """Keep a subject with all its entries, or one entry, from being archived by age, purged or erased.

        An ``Activity``, its id or the id's text is an entry, everything else names a subject. A hold on one of merged
        subjects holds all of them. What is held already stays as it was held first. Other processes see it within
        five seconds; a purge that runs sees it with its next batch.

        Args:
            what: the subject, or the entry, deleted or not.
            reason: why, up to 2,000 bytes.

        Raises:
            InvalidInput: there is no reason, or ``what`` names nothing.
            ActivityNotFound: there is no such entry.
        """
        call = self._call()
        checked_text("reason", reason, COMMENT, required=True)
        if _is_entry(what):
            handling.handle(call, what, "held", handling.held(hold=True), comment=reason)
            return
        hold = Hold(single("what", what), reason, call.named_actor().ref, call.now)
        hold_subject(call.store, call.tenant, hold)
        call.keepings.forget(call.store, call.tenant)

    def release(self, what: RefLike | ActivityLike) -> None:
        """Take away the hold on a subject or on an entry: the rules hold again.

        Raises:
            InvalidInput: it is not held itself, or names nothing.
            ActivityNotFound: there is no such entry.
        """
        call = self._call()
        if _is_entry(what):
            handling.handle(call, what, "released", handling.held(hold=False), comment="")
            return
        call.named_actor()
        release_subject(call.store, call.tenant, str(single("what", what)))
        call.keepings.forget(call.store, call.tenant)

    def holds(self) -> tuple[Hold, ...]:
        """Return the holds on subjects; that an entry is held is told by its history."""
        call = self._call()
        return tuple(sorted(holds_of(call.store, call.tenant), key=lambda hold: hold.at))


def _is_entry(what: Any) -> TypeGuard[ActivityLike]:
    """Tell an entry from a ref: as a text, a ref has a colon and an id has none."""
    if isinstance(what, Activity | UUID):
        return True
    if not isinstance(what, str) or ":" in what:
        return False
    try:
        UUID(what)
    except ValueError:
        raise InvalidInput("what", "this text is neither the id of an activity nor of the form 'kind:id'") from None
    return True
