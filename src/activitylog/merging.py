"""Merging subjects: one small document says that two are read as one, and no entry is touched."""

from __future__ import annotations

from collections.abc import Callable

from activitylog.aliases import ALIAS, Groups, alias_name
from activitylog.call import Call
from activitylog.documents import change_document
from activitylog.errors import InvalidInput, TooManySubjects, WriteConflict
from activitylog.limits import TIMELINE_SUBJECTS_MAX
from activitylog.payload import decoded, encoded
from activitylog.storage import Document

__all__ = ["merge", "unmerge"]


def merge(call: Call, duplicate: str, target: str) -> None:
    """Let a duplicate be read as one with another subject; to merge it there once more changes nothing.

    Raises:
        InvalidInput: they are the same, it is merged into another already, or the other is below it.
        TooManySubjects: the group would have more than 100.
        WriteConflict: another merge came in between; nothing is left of this one.
    """
    body = _body(call, duplicate, target)

    def merged(stored: Document | None) -> str:
        known = None if stored is None else decoded(stored.body or "{}")["into"]
        if stored is not None and known == target:
            return stored.body or ""
        if known is not None:
            raise InvalidInput("duplicate", "is merged into another subject already: unmerge it first")
        groups = call.aliases.fresh(call.store, call.tenant)
        _check(Groups.of_aliases({**groups.into, duplicate: target}), duplicate)
        return body

    before, _ = _change(call, duplicate, merged)
    if before is None:
        _check_again(call, duplicate, body)


def unmerge(call: Call, duplicate: str) -> None:
    """Let a subject that was merged stand by itself again, with all that was merged into it.

    Raises:
        InvalidInput: it is not merged into another.
    """
    call.named_actor()

    def parted(stored: Document | None) -> None:
        if stored is None:
            raise InvalidInput("duplicate", "is not merged into another subject")

    _change(call, duplicate, parted)


def _body(call: Call, duplicate: str, target: str) -> str:
    actor = call.named_actor()
    return encoded({"duplicate": duplicate, "into": target, "by": str(actor.ref), "at": call.now.isoformat()})


def _change(
    call: Call, duplicate: str, changed: Callable[[Document | None], str | None]
) -> tuple[Document | None, Document]:
    found = change_document(call.store, call.tenant, ALIAS, alias_name(duplicate), changed)
    call.aliases.forget(call.store, call.tenant)
    return found


def _check(groups: Groups, duplicate: str) -> None:
    if groups.in_circle(duplicate):
        raise InvalidInput("into", "is the duplicate itself, or was merged into it: that would be a circle")
    size = len(groups.group(duplicate))
    if size > TIMELINE_SUBJECTS_MAX:
        raise TooManySubjects("into", f"{size} subjects would be read as one, {TIMELINE_SUBJECTS_MAX} can be")


def _check_again(call: Call, duplicate: str, body: str) -> None:
    """Take the merge back where it does not go together with one that others wrote at the same time."""
    try:
        _check(call.aliases.fresh(call.store, call.tenant), duplicate)
    except InvalidInput as error:
        # Unless it was unmerged already, and perhaps merged elsewhere.
        _change(call, duplicate, lambda stored: None if stored is None or stored.body == body else stored.body)
        raise WriteConflict("others merged these subjects at the same time, otherwise: try again") from error
