"""Merging subjects: one small document says that two are read as one, and no entry is touched."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from activitylog.aliases import ALIAS, Groups, alias_name
from activitylog.call import Call
from activitylog.documents import one_document
from activitylog.errors import InvalidInput, StaleVersion, TooManySubjects, WriteConflict
from activitylog.limits import TIMELINE_SUBJECTS_MAX
from activitylog.payload import encoded
from activitylog.storage import Document

__all__ = ["merge", "unmerge"]

ATTEMPTS: Final = 20


def merge(call: Call, duplicate: str, target: str) -> None:
    """Let a duplicate be read as one with another subject; to merge it there once more changes nothing.

    Raises:
        InvalidInput: they are the same, it is merged into another already, or the other is below it.
        TooManySubjects: the group would have more than 100.
        WriteConflict: another merge came in between; nothing is left of this one.
    """
    body = _body(call, duplicate, target)
    for _ in range(ATTEMPTS):
        groups = call.aliases.fresh(call.store, call.tenant)
        known = groups.into.get(duplicate)
        if known == target:
            return
        if known is not None:
            raise InvalidInput("duplicate", "is merged into another subject already: unmerge it first")
        _check(Groups.of_aliases({**groups.into, duplicate: target}), duplicate)
        try:
            _put(call, duplicate, body, 0)
        except StaleVersion:
            continue
        _check_again(call, duplicate)
        return
    raise WriteConflict(f"the subject was merged by others {ATTEMPTS} times in a row; try again")


def unmerge(call: Call, duplicate: str) -> None:
    """Let a subject that was merged stand by itself again, with all that was merged into it.

    Raises:
        InvalidInput: it is not merged into another.
    """
    call.named_actor()
    for _ in range(ATTEMPTS):
        stored = one_document(call.store, call.tenant, ALIAS, alias_name(duplicate))
        if stored is None:
            raise InvalidInput("duplicate", "is not merged into another subject")
        with suppress(StaleVersion):
            _put(call, duplicate, None, stored.version)
            return
    raise WriteConflict(f"the subject was merged by others {ATTEMPTS} times in a row; try again")


def _body(call: Call, duplicate: str, target: str) -> str:
    actor = call.named_actor()
    return encoded({"duplicate": duplicate, "into": target, "by": str(actor.ref), "at": call.now.isoformat()})


def _put(call: Call, duplicate: str, body: str | None, expected_version: int) -> None:
    document = Document(call.tenant, ALIAS, alias_name(duplicate), body)
    call.store.put_document(document, expected_version=expected_version)
    call.aliases.forget(call.store, call.tenant)


def _check(groups: Groups, duplicate: str) -> None:
    if groups.in_circle(duplicate):
        raise InvalidInput("into", "is the duplicate itself, or was merged into it: that would be a circle")
    size = len(groups.group(duplicate))
    if size > TIMELINE_SUBJECTS_MAX:
        raise TooManySubjects("into", f"{size} subjects would be read as one, {TIMELINE_SUBJECTS_MAX} can be")


def _check_again(call: Call, duplicate: str) -> None:
    """Take the merge back where it does not go together with one that others wrote at the same time."""
    try:
        _check(call.aliases.fresh(call.store, call.tenant), duplicate)
    except InvalidInput as error:
        with suppress(StaleVersion):  # it was unmerged already
            _put(call, duplicate, None, 1)
        raise WriteConflict("others merged these subjects at the same time, otherwise: try again") from error
