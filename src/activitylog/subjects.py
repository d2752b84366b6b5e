"""Subjects: ``log.subjects``."""

from __future__ import annotations

from collections.abc import Callable

from activitylog import merging, relinking, subject_status
from activitylog.activity import Activity
from activitylog.call import Call
from activitylog.draft import single
from activitylog.errors import InvalidInput
from activitylog.limits import CODE, COMMENT, checked_text
from activitylog.refs import Ref, RefLike
from activitylog.times import When, instant
from activitylog.types import ActivityType

__all__ = ["Subjects"]


class Subjects:
    """What concerns subjects themselves: merging, to whom they belong, and their own status."""

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call

    def merge(self, duplicate: RefLike, *, into: RefLike) -> None:
        """Let a duplicate be read as one with another subject, from either of them; what is written keeps its ref.

        The cost does not depend on the number of entries. Merges of merges make one group, of at most 100. Other
        processes see it within five seconds. To merge again what is merged so changes nothing.

        Raises:
            InvalidInput: they are the same, the duplicate is merged into another already, or the other into it.
            TooManySubjects: the group would have more than 100.
            WriteConflict: another merge came in between; nothing is left of this one.
        """
        merging.merge(
            self._call().trusted("subjects.merge"), str(single("duplicate", duplicate)), str(single("into", into))
        )

    def unmerge(self, duplicate: RefLike) -> None:
        """Let a subject that was merged stand by itself again; everything is read as before.

        What was merged into it stays with it, and what was written in its name meanwhile.

        Raises:
            InvalidInput: it is not merged into another.
        """
        merging.unmerge(self._call().trusted("subjects.unmerge"), str(single("duplicate", duplicate)))

    def group(self, ref: RefLike) -> tuple[Ref, ...]:
        """Return all subjects that are read as one with this one, itself among them; alone where nothing was merged."""
        call = self._call().for_staff("subjects.group")
        members = call.aliases.of(call.store, call.tenant).group(str(single("ref", ref)))
        return tuple(map(Ref.of, members))

    def relink(self, ref: RefLike) -> int:
        """Give all entries of a subject, and of those merged with it, the parents that their subjects have now.

        Of merged subjects the one that the others were merged into is asked for. Each entry that changes gets a new
        version; done in parts, in constant memory, and repeatable where it breaks off. Returns how many changed.

        Raises:
            InvalidInput: the log has no ``parents``.
        """
        return relinking.relink(self._call().trusted("subjects.relink"), str(single("ref", ref)))

    def set_status(
        self, ref: RefLike, type: str | ActivityType, status: str, *, at: When | None = None, comment: str = ""
    ) -> Activity:
        """Record that a subject has another status, and return that entry; ``comment`` (why) is its note.

        The status must be able to follow the one before, at first the type's initial one. To set the one it has
        returns the entry that set it, with ``created=False``. Of several writers at once, each goes on from the other.

        Args:
            ref: the subject.
            type: a type with ``of_subject=True``.
            status: one of the type's.
            at: when it changed, after the change before and not in the future; by default now.
            comment: why, up to 2,000 bytes.

        Raises:
            TransitionNotAllowed: it cannot follow; ``allowed`` says which can.
            InvalidInput, UnknownType: there is no such type or status, or a value does not fit.
            WriteConflict: others were faster, again and again.
        """
        call = self._call().trusted("subjects.set_status")
        declared = _of_subject(call, type)
        if checked_text("status", status, CODE, required=True) not in declared.statuses:
            known = ", ".join(map(repr, declared.statuses))
            raise InvalidInput("status", f"{declared.name!r} has no status {status!r}; it has {known}")
        return subject_status.set_status(
            call,
            single("ref", ref),
            declared,
            status,
            at=None if at is None else instant("at", at, call.settings.tz),
            comment=checked_text("comment", comment, COMMENT),
        )

    def status(self, ref: RefLike, type: str | ActivityType, *, at: When | None = None) -> str:
        """Return the status of a subject, or the one that it had at a moment.

        Before the first change that is the type's initial status.

        Raises:
            InvalidInput, UnknownType: there is no such type, or a value does not fit.
        """
        call = self._call()
        moment = None if at is None else instant("at", at, call.settings.tz)
        return subject_status.status_of(call, single("ref", ref), _of_subject(call, type), moment)


def _of_subject(call: Call, type: str | ActivityType) -> ActivityType:
    declared = call.types[type.name if isinstance(type, ActivityType) else checked_text("type", type, CODE)]
    if not declared.of_subject:
        raise InvalidInput("type", f"{declared.name!r} is not the status of a subject: declare it with of_subject=True")
    return declared
