"""What a log does with one entry that is there: each verb makes a version with who, when and why."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, Unpack

from activitylog import handling, signals
from activitylog.activity import Activity, ActivityLike
from activitylog.call import Call
from activitylog.draft import checked_id, checked_tags, single
from activitylog.errors import InvalidInput
from activitylog.refs import RefLike, principals
from activitylog.revisions import Revision, history
from activitylog.times import When, instant

__all__ = ["EntryVerbs"]


class EntryVerbs(ABC):
    """The verbs of an ``ActivityLog`` on one entry, which is named by itself, by its id or by the id's text."""

    @abstractmethod
    def _call(self) -> Call: ...

    def get(self, a: ActivityLike) -> Activity:
        """Return an activity as it is now, also a deleted or archived one.

        Raises:
            ActivityNotFound: there is none of this id in the tenant, or none that the viewer may see.
        """
        call = self._call()
        record = call.door.one(checked_id("a", a))
        return call.activity(call.door.sight().shown(record))

    def edit(
        self, a: ActivityLike, *, version: int | None = None, comment: str = "", **fields: Unpack[handling.Editable]
    ) -> Activity:
        """Change facts of a manual entry, and return the new version; the old one is kept.

        Given an ``Activity``, its version must still be the stored one; given an id, only where ``version`` says so.

        Raises:
            StaleVersion: the entry was changed meanwhile; ``current`` is what is stored.
            Immutable: it is a system entry, or deleted.
            ActivityNotFound, InvalidInput: there is none, or a value does not fit.
        """
        call = self._call()
        step = handling.edited(call, fields)
        expected = handling.expected_version(a, version)
        return handling.handle(call, a, "edited", step, comment=comment, signal=signals.edited, expected=expected)

    def delete(self, a: ActivityLike, *, comment: str = "") -> Activity:
        """Delete a manual entry, so that it can be restored.

        Raises:
            Immutable: it is a system entry.
        """
        call = self._call()
        return handling.handle(call, a, "deleted", handling.deleted(call), comment=comment, signal=signals.deleted)

    def restore(self, a: ActivityLike, *, comment: str = "") -> Activity:
        """Bring a deleted entry back."""
        call = self._call()
        return handling.handle(call, a, "restored", handling.restored(call), comment=comment, signal=signals.restored)

    def transition(self, a: ActivityLike, status: str, *, at: When | None = None, comment: str = "") -> Activity:
        """Lead an entry to another status; ``at`` is when that was, by default now.

        Raises:
            TransitionNotAllowed: the entry's type does not lead there; ``allowed`` says where it leads.
        """
        call = self._call()
        moment = None if at is None else instant("at", at, call.settings.tz)
        step = handling.transitioned(call, status)
        return handling.handle(call, a, "transitioned", step, comment=comment, signal=signals.transitioned, at=moment)

    def assign(self, a: ActivityLike, who: RefLike | None, *, comment: str = "") -> Activity:
        """Say who is to do it: a ref or an actor; None takes that away.

        Raises:
            InvalidInput: it names nobody.
        """
        step = handling.assigned(None if who is None else single("who", who))
        return handling.handle(self._call(), a, "assigned", step, comment=comment)

    def share(
        self,
        a: ActivityLike,
        *,
        readers: Iterable[RefLike] | RefLike | None = None,
        editors: Iterable[RefLike] | RefLike | None = None,
        comment: str = "",
    ) -> Activity:
        """Change who may see and edit an entry: refs, or ``"*"`` for everybody; None leaves it as it is."""
        step = handling.shared(
            None if readers is None else principals("readers", readers),
            None if editors is None else principals("editors", editors),
        )
        return handling.handle(self._call(), a, "shared", step, comment=comment)

    def tag(
        self, a: ActivityLike, *, add: Iterable[str] = (), remove: Iterable[str] = (), comment: str = ""
    ) -> Activity:
        """Add and remove tags; what is in both is added."""
        step = handling.tagged(checked_tags(add), checked_tags(remove))
        return handling.handle(self._call(), a, "tagged", step, comment=comment)

    def pin(self, a: ActivityLike, pinned: bool = True, *, comment: str = "") -> Activity:
        """Put an entry on top, or take it off."""
        action = "pinned" if pinned else "unpinned"
        return handling.handle(self._call(), a, action, handling.pinned(_flag("pinned", pinned)), comment=comment)

    def due(self, a: ActivityLike, when: When | None, *, comment: str = "") -> Activity:
        """Set until when an entry is to be done; None takes that away."""
        call = self._call()
        return handling.handle(call, a, "due", handling.due(call, when), comment=comment)

    def archive(self, a: ActivityLike, archived: bool = True, *, comment: str = "") -> Activity:
        """Take an entry out of the normal timeline, or bring it back."""
        call = self._call()
        action = "archived" if archived else "unarchived"
        return handling.handle(call, a, action, handling.archived(call, _flag("archived", archived)), comment=comment)

    def history(self, a: ActivityLike) -> Sequence[Revision]:
        """Return all revisions of an entry, the first one first: who, when, why, and what was before and after.

        Raises:
            ActivityNotFound: there is no such entry.
        """
        return history(self._call(), checked_id("a", a))


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(name, f"True or False is expected, not {type(value).__name__}")
    return value
