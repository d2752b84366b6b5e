"""The status of a subject itself: a chain of entries, each allowed from the one before.

No document holds the status: the newest entry of the chain does. The idempotency key of each entry names the one before
it, so that of several writers who saw the same status exactly one goes on from there; the others look again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Final

from activitylog.activity import Activity
from activitylog.call import Call
from activitylog.draft import drafted
from activitylog.errors import IdempotencyConflict, InvalidInput, WriteConflict
from activitylog.payload import encoded
from activitylog.refs import Ref
from activitylog.statuses import check_transition
from activitylog.storage import And, Between, Field, Fields, In, Query, Record
from activitylog.times import MILLISECOND
from activitylog.types import ActivityType
from activitylog.writing import record_all

__all__ = ["CHAIN", "chain_of", "set_status", "status_of"]

CHAIN: Final = "status:"
"""How the names of chains begin, and the keys of their entries."""
ATTEMPTS: Final = 100
"""Each lost race is another's success: of many writers who go on without a pause, one can lose often."""


def set_status(
    call: Call, subject: Ref, declared: ActivityType, status: str, *, at: datetime | None, comment: str
) -> Activity:
    """Record that a subject has another status, if it can follow the one it has.

    Raises:
        TransitionNotAllowed: it cannot.
        InvalidInput: ``at`` is not after the change before, or lies in the future.
        WriteConflict: others were faster, again and again.
    """
    call.named_actor()
    if at is not None and at > call.now:
        raise InvalidInput("at", "lies in the future: a status is set when it changes")
    for _ in range(ATTEMPTS):
        members = call.aliases.fresh(call.store, call.tenant).group(str(subject))
        last = _last(call, declared.name, members)
        if last is not None and last.status == status:
            return call.activity(last)
        if last is not None or status != declared.initial:
            current = declared.initial if last is None else last.status
            check_transition(declared.name, declared.statuses, current, status)
        fields = {
            "status": status,
            "note": comment,
            "occurred_at": _after(call, last, at),
            "conversation": chain_of(declared.name, str(subject)),
            "idempotency_key": _key(declared.name, members, last),
        }
        draft = drafted(declared.name, [subject], fields, made_at=call.now, of_subject=True)
        try:
            [entry] = record_all(call, [draft])
        except IdempotencyConflict:
            continue
        if entry.created or entry.id == draft.id:
            return entry
    raise WriteConflict(f"the status was changed by others {ATTEMPTS} times in a row; try again")


def status_of(call: Call, subject: Ref, declared: ActivityType, at: datetime | None) -> str:
    """Return the status that a subject has, or had at a moment; before the first change the initial one."""
    members = call.aliases.of(call.store, call.tenant).group(str(subject))
    last = _last(call, declared.name, members, at)
    return declared.initial if last is None else last.status


def _last(call: Call, type: str, members: Iterable[str], at: datetime | None = None) -> Record | None:
    """Return the newest entry of the chain of a group, up to a moment; archived or not."""
    chains = In(Field.CONVERSATION, [chain_of(type, member) for member in members])
    until = None if at is None else at + MILLISECOND
    where = And((chains, In(Field.TYPE, [type]), Between(Field.OCCURRED_AT, lt=until)))
    query = Query(tenant=call.tenant, where=where, limit=1, fields=Fields.LIST)
    return next(iter(call.door.fetch(query)), None)


def _after(call: Call, last: Record | None, at: datetime | None) -> datetime:
    if last is None:
        return at or call.now
    if at is None:
        return max(call.now, last.occurred_at + MILLISECOND)  # the clocks of two machines differ
    if at <= last.occurred_at:
        raise InvalidInput("at", f"is not after the change before, which was at {last.occurred_at.isoformat()}")
    return at


def chain_of(type: str, subject: str) -> str:
    """Name the chain of one subject: entries keep the ref that was given, and their chain with it."""
    return f"{CHAIN}{_digest(type, subject)}"


def _key(type: str, members: Iterable[str], last: Record | None) -> str:
    # With the whole group: after an unmerge, the same entry can be the last one of each of its parts.
    return f"{CHAIN}{_digest(type, *members)}:{'first' if last is None else last.id}"


def _digest(*texts: str) -> str:
    return blake2b(encoded(texts).encode(), digest_size=16).hexdigest()
