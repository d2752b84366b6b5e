"""Recording drafts: composed, checked for repeats, appended at once, and announced."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

from attrs import evolve

from activitylog import signals
from activitylog.activity import Activity
from activitylog.attachments import Owner
from activitylog.belonging import ancestors
from activitylog.call import Call
from activitylog.deferring import DeferredStorage
from activitylog.draft import Draft
from activitylog.errors import (
    ActivityLogError,
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
from activitylog.sight import ANY_STATE
from activitylog.storage import AllNew, Appended, Capability, Record, matches, simplify
from activitylog.tombstones import Graveyard

__all__ = ["compose_all", "prepared", "record_all", "unit", "unrecorded", "written"]

_logger = logging.getLogger("activitylog")


def record_all(call: Call, drafts: Sequence[Draft], *, batch: str = "") -> list[Activity]:
    """Record drafts, all or nothing, and return the activity that stands for each; while paused, check them only.

    Where the store waits for the host's commit, they are recorded after it, and what fails then is lost.

    Raises:
        IdempotencyConflict: a key or an id is known with other content, and the draft does not accept that.
        StorageError: with the drafts; recording them again is safe.
    """
    if call.paused:
        return unrecorded(call, drafts)
    records = prepared(call, drafts, batch=batch)
    store = call.store
    if isinstance(store, DeferredStorage) and store.waits():
        store.later(lambda: written(call, drafts, records), lambda error: _tell(call, drafts, records, error))
        return [call.activity(record, created=True) for record in records]
    try:
        return written(call, drafts, records)
    except StorageError as error:
        error.drafts = tuple(drafts)
        if isinstance(error, StorageUnavailable) and call.settings.on_unavailable == "log":
            return _lost(call, drafts, records, error)
        raise


def prepared(call: Call, drafts: Sequence[Draft], *, batch: str = "") -> list[Record]:
    """Return the records of drafts, after the receivers of ``signals.recording`` have seen these.

    Raises:
        Refused: one of them refused.
    """
    signals.send(signals.recording, call.sender, drafts=tuple(drafts))
    return compose_all(call, drafts, batch=batch)


def compose_all(call: Call, drafts: Sequence[Draft], *, batch: str = "") -> list[Record]:
    """Return the records of drafts; the error of one of several names its place."""
    for index, draft in enumerate(drafts):
        if not isinstance(draft, Draft):
            raise InvalidInput(f"drafts[{index}]", f"a Draft is expected, not {type(draft).__name__}")
    given = call.circumstances(actor_wanted=any(draft.actor is None for draft in drafts), batch=batch)
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


def written(call: Call, drafts: Sequence[Draft], records: list[Record]) -> list[Activity]:
    """Append what is prepared, with the files of its drafts, and return the activity that stands for each."""
    if any(draft.attachments for draft in drafts):
        return _with_files(call, drafts, records)
    return _whole(call, drafts, records)


def _with_files(call: Call, drafts: Sequence[Draft], records: list[Record]) -> list[Activity]:
    shelf = call.contents.of(call.tenant)
    with shelf.kept(call.store, [attachment for draft in drafts for attachment in draft.attachments]) as kept:
        pairs = zip(drafts, records, strict=True)
        filed = [evolve(record, files=kept.files(draft.attachments)) for draft, record in pairs]
        with unit(call) as whole:
            kept.own(whole.store, ((_owner(record), record.files) for record in filed))
            activities = _whole(whole, drafts, filed)
    repeats = [record for record, activity in zip(filed, activities, strict=True) if not activity.created]
    shelf.release(call.store, (file.sha256 for record in repeats for file in record.files))
    return activities


def _owner(record: Record) -> Owner:
    return Owner.batch(record.batch) if record.batch else Owner.entry(record.id)


def _whole(call: Call, drafts: Sequence[Draft], records: list[Record]) -> list[Activity]:
    if call.audiences.lacks(call.store, records):
        # The first of its kind: the audience's document, and the key of page tokens, come with the entry or not at all.
        with unit(call) as whole:
            whole.keys.of(whole.store, whole.tenant)
            whole.audiences.ensure(whole.store, records)
            return _added(whole, drafts, records)
    return _added(call, drafts, records)


@contextmanager
def unit(call: Call) -> Iterator[Call]:
    """Give the call within a transaction, or as it is where the store has none."""
    if Capability.TRANSACTIONS not in call.store.capabilities:
        yield call
        return
    with call.store.transaction() as store:
        yield evolve(call, store=store)


def _added(call: Call, drafts: Sequence[Draft], records: list[Record]) -> list[Activity]:
    if _differ(records):
        activities = _stored(call, drafts, records)
    else:
        unique, firsts = _unique(drafts, records)
        stored = _stored(call, [drafts[index] for index in unique], [records[index] for index in unique])
        activities = [
            stored[first] if unique[first] == index else evolve(stored[first], created=False)
            for index, first in enumerate(firsts)
        ]
    call.announce(signals.recorded, [activity for activity in activities if activity.created])
    return activities


def _stored(call: Call, drafts: Sequence[Draft], records: list[Record]) -> list[Activity]:
    """Append what differs from each other, and return the activity that stands for each."""
    erased = _erased(call, records)
    answers = _appended(call, drafts, records, erased)
    if isinstance(answers, AllNew):
        return [call.activity(record, created=True) for record in records]
    known = [answer.id for answer in answers if not answer.created and answer.id not in erased]
    earlier = _earlier(call, known) if known else {}
    return [
        call.activity(earlier.get(answer.id, record) if earlier else record, created=answer.created)
        for answer, record in zip(answers, records, strict=True)
    ]


def _erased(call: Call, records: Sequence[Record]) -> dict[UUID, Appended]:
    """Return the answers for what was erased under the same key: it is not written again, and nothing stands for it."""
    keys = {record.idempotency_key: record.id for record in records if record.idempotency_key is not None}
    secret = call.secrets.of(call.store, call.tenant) if keys else None
    if secret is None:
        return {}
    found = Graveyard(call.store, call.tenant, secret).keys(keys)
    return {keys[key]: Appended(keys[key], created=False) for key in found}


def _earlier(call: Call, known: Sequence[UUID]) -> dict[UUID, Record]:
    """Return the entries that were there before; without those that the viewer does not see whole.

    For these stands what the caller gave, so that nothing is learnt but that the key is known.

    Raises:
        WriteConflict: one was purged meanwhile.
    """
    earlier = dict(call.store.get(call.tenant, known))
    for id in known:
        if id not in earlier:
            raise WriteConflict(f"the earlier activity {id} was purged meanwhile; record the draft again")
    seen = simplify(call.rights.sight(call.store, call.tenant).whole(ANY_STATE))
    return {id: record for id, record in earlier.items() if matches(seen, record)}


def _differ(records: Sequence[Record]) -> bool:
    """Tell whether no two have a key, or an id, in common."""
    if len(records) == 1:
        return True
    keys = [record.idempotency_key for record in records if record.idempotency_key is not None]
    return len({record.id.int for record in records}) == len(records) and len(set(keys)) == len(keys)


def _unique(drafts: Sequence[Draft], records: list[Record]) -> tuple[list[int], list[int]]:
    """Of drafts with one key, or one id, the first in a batch wins.

    Returns the places of the first ones, and for every draft which of these stands for it.
    """
    unique: list[int] = []
    firsts: list[int] = []
    seen: dict[str | UUID, int] = {}
    for index, (draft, record) in enumerate(zip(drafts, records, strict=True)):
        names: list[str | UUID] = [record.id]
        if record.idempotency_key is not None:
            names.append(record.idempotency_key)
        first = next((seen[name] for name in names if name in seen), None)
        if first is None:
            first = len(unique)
            unique.append(index)
        elif records[unique[first]].digest != record.digest and draft.on_repeat != "first":
            raise _conflict(record, records[unique[first]].id, seen=True)
        seen.update(dict.fromkeys(names, first))
        firsts.append(first)
    return unique, firsts


def _appended(
    call: Call, drafts: Sequence[Draft], records: list[Record], erased: Mapping[UUID, Appended]
) -> Sequence[Appended]:
    """Append, leaving out what was erased, and what is known with other content where its draft accepts that."""
    left_out = dict(erased)
    while True:
        wanted = [record for record in records if record.id not in left_out] if left_out else records
        try:
            answers = call.store.append(wanted) if wanted else ()
        except KeyConflicts as conflicts:
            known = conflicts.first
        else:
            found = iter(answers)
            return [left_out.get(record.id) or next(found) for record in records] if left_out else answers
        # Not while the conflicts are handled: they name what the viewer may not see, and would be the error's context.
        for draft, record in zip(drafts, records, strict=True):
            if record.id in known and draft.on_repeat != "first":
                first = known[record.id]
                raise _conflict(record, first, seen=first in _earlier(call, [first]))
        left_out |= {id: Appended(first, created=False) for id, first in known.items()}


def _conflict(record: Record, first: UUID, *, seen: bool) -> IdempotencyConflict:
    name = "id" if first == record.id else "idempotency key"
    which = f", as activity {first}" if seen else ""
    return IdempotencyConflict(
        f"the {name} of this {record.type!r} is known with other content{which}; nothing was written. "
        f'Use another, or accept the first by on_repeat="first".',
        first if seen else None,
    )


def _lost(call: Call, drafts: Sequence[Draft], records: list[Record], error: StorageError) -> list[Activity]:
    _tell(call, drafts, records, error)
    return [call.activity(record) for record in records]


def _tell(call: Call, drafts: Sequence[Draft], records: list[Record], error: ActivityLogError) -> None:
    kinds = ", ".join(f"{count} × {name}" for name, count in sorted(Counter(r.type for r in records).items()))
    _logger.error("the store failed (%s); not recorded: %s", type(error).__name__, kinds)
    signals.send(signals.lost, call.sender, drafts=tuple(drafts), error=error)
