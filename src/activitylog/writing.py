"""Recording drafts: composed, checked for repeats, appended at once, and announced."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from activitylog import signals
from activitylog.activity import Activity
from activitylog.belonging import ancestors
from activitylog.call import Call
from activitylog.draft import Draft
from activitylog.errors import (
    IdempotencyConflict,
    InvalidInput,
    KeyConflicts,
    StorageError,
    StorageUnavailable,
    TooManySubjects,
    UnknownType,
    WriteConflict,
)
from activitylog.recording import composed
from activitylog.storage import Appended, Record

__all__ = ["compose_all", "record_all", "unrecorded"]

_logger = logging.getLogger("activitylog")


def record_all(call: Call, drafts: Sequence[Draft]) -> list[Activity]:
    """Record drafts, all or nothing, and return the activity that stands for each.

    Raises:
        IdempotencyConflict: a key or an id is known with other content, and the draft does not accept that.
        StorageError: with the drafts; recording them again is safe.
    """
    signals.send(signals.recording, call.sender, drafts=tuple(drafts))
    records = compose_all(call, drafts)
    try:
        return _written(call, drafts, records)
    except StorageError as error:
        error.drafts = tuple(drafts)
        if isinstance(error, StorageUnavailable) and call.settings.on_unavailable == "log":
            return _lost(call, drafts, records, error)
        raise


def compose_all(call: Call, drafts: Sequence[Draft]) -> list[Record]:
    """Return the records of drafts; the error of one of several names its place."""
    for index, draft in enumerate(drafts):
        if not isinstance(draft, Draft):
            raise InvalidInput(f"drafts[{index}]", f"a Draft is expected, not {type(draft).__name__}")
    given = call.circumstances()
    parents = ancestors(call.settings.parents, (subject for draft in drafts for subject in draft.subjects))
    if len(drafts) == 1:
        return [composed(drafts[0], given, parents)]
    records = []
    for index, draft in enumerate(drafts):
        try:
            records.append(composed(draft, given, parents))
        except TooManySubjects:
            raise
        except InvalidInput as error:
            raise InvalidInput(f"drafts[{index}].{error.field}", error.reason) from None
        except UnknownType as error:
            error.add_note(f"in drafts[{index}]")
            raise
    return records


def unrecorded(call: Call, drafts: Sequence[Draft]) -> list[Activity]:
    """Return the activities that recording would have made."""
    return [call.activity(record) for record in compose_all(call, drafts)]


def _written(call: Call, drafts: Sequence[Draft], records: list[Record]) -> list[Activity]:
    stands_for, unique = _first_of_each(drafts, records)
    call.audiences.ensure(call.store, unique)
    answers = _appended(call, {draft.id: draft for draft in drafts}, unique)
    known = [answer.id for answer in answers.values() if not answer.created]
    earlier = call.store.get(call.tenant, known) if known else {}
    fresh = {record.id: record for record in unique if answers[record.id].created}
    activities = []
    for record in records:
        first = answers[stands_for[record.id]].id
        if first not in fresh and first not in earlier:
            raise WriteConflict(f"the earlier activity {first} was purged meanwhile; record the draft again")
        created = record is fresh.get(first)
        activities.append(call.activity(fresh[first] if first in fresh else earlier[first], created=created))
    call.announce(signals.recorded, [activity for activity in activities if activity.created])
    return activities


def _first_of_each(drafts: Sequence[Draft], records: list[Record]) -> tuple[dict[UUID, UUID], list[Record]]:
    """Of drafts with one key, or one id, the first in a batch wins.

    Returns which id stands for each, and the records of the first ones.
    """
    if len(records) == 1:
        return {records[0].id: records[0].id}, records
    firsts: dict[str | UUID, Record] = {}
    stands_for: dict[UUID, UUID] = {}
    for draft, record in zip(drafts, records, strict=True):
        first = firsts.setdefault(record.id, record)
        if record.idempotency_key is not None and first is record:
            first = firsts.setdefault(record.idempotency_key, record)
        if first.digest != record.digest and draft.on_repeat != "first":
            raise _conflict(record, first.id)
        stands_for[record.id] = first.id
    return stands_for, [record for id, record in firsts.items() if stands_for[record.id] == id]


def _appended(call: Call, drafts: Mapping[UUID, Draft], records: list[Record]) -> dict[UUID, Appended]:
    """Append, leaving out what is known with other content where its draft accepts that."""
    answers: dict[UUID, Appended] = {}
    while records:
        try:
            found = call.store.append(records)
        except KeyConflicts as conflicts:
            for record in records:
                if record.id in conflicts.first and drafts[record.id].on_repeat != "first":
                    raise _conflict(record, conflicts.first[record.id]) from None
            answers |= {id: Appended(first, created=False) for id, first in conflicts.first.items()}
            records = [record for record in records if record.id not in conflicts.first]
        else:
            answers |= {record.id: answer for record, answer in zip(records, found, strict=True)}
            break
    return answers


def _conflict(record: Record, first: UUID) -> IdempotencyConflict:
    name = "id" if first == record.id else "idempotency key"
    return IdempotencyConflict(
        f"the {name} of this {record.type!r} is known with other content, as activity {first}; nothing was written. "
        f'Use another, or accept the first by on_repeat="first".',
        first,
    )


def _lost(call: Call, drafts: Sequence[Draft], records: list[Record], error: StorageError) -> list[Activity]:
    kinds = ", ".join(f"{count} × {name}" for name, count in sorted(Counter(r.type for r in records).items()))
    _logger.error("the store is unavailable (%s); not recorded: %s", type(error).__name__, kinds)
    signals.send(signals.lost, call.sender, drafts=tuple(drafts), error=error)
    return [call.activity(record) for record in records]
