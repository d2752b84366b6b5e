"""Verbs on entries that are there: each makes a version with who, when and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypedDict
from uuid import UUID

from attrs import evolve
from blinker import NamedSignal

from activitylog import signals
from activitylog.activity import Activity, ActivityLike
from activitylog.actors import Actor, mention
from activitylog.audiences import audience
from activitylog.call import Call
from activitylog.draft import checked_id, checked_tags
from activitylog.errors import Immutable, InvalidInput, NotAllowed, StaleVersion, WriteConflict
from activitylog.limits import ATTACHMENTS_MAX, COMMENT, LABEL, NOTE, checked_text
from activitylog.payload import decoded, encoded
from activitylog.recording import aged, check_size, checked_occurrence, typed_data, words_of
from activitylog.refs import Ref
from activitylog.statuses import check_transition
from activitylog.storage import ABSENT, File, Record, matches
from activitylog.times import LATEST, When, instant
from activitylog.types import ActivityType

__all__ = [
    "Editable",
    "archived",
    "assigned",
    "attached",
    "deleted",
    "detached",
    "due",
    "edited",
    "file_of",
    "handle",
    "held",
    "next_version",
    "pinned",
    "restored",
    "shared",
    "tagged",
    "transitioned",
]

ATTEMPTS: Final = 20

Step = Callable[[Record], Record]
"""What a verb makes of an entry; the same record where there is nothing to do."""


class Editable(TypedDict, total=False):
    """The facts of a manual entry that can be edited; see ``Draft``."""

    data: Any
    title: str
    note: str
    occurred_at: When
    ended_at: When | None


def handle(
    call: Call,
    a: ActivityLike,
    action: str,
    step: Step,
    *,
    comment: str,
    signal: NamedSignal = signals.handled,
    expected: int | None = None,
    at: datetime | None = None,
) -> Activity:
    """Apply a verb to what is stored and return the entry as it is then; lost races are run again.

    With an expected version a lost race is ``StaleVersion`` instead.
    """
    id, actor = checked_id("a", a), call.named_actor()
    checked_text("comment", comment, COMMENT)
    for _ in range(ATTEMPTS):
        record = call.door.editable(id)
        if expected is not None and record.version != expected:
            raise _stale(call, record, expected)
        changed = step(record)
        if changed == record:
            return call.activity(record)
        changed = next_version(record, changed, actor, at or call.now, action=action, comment=comment)
        if changed.audience != record.audience:
            call.audiences.ensure(call.store, [changed])
        try:
            call.store.replace(changed, expected_version=record.version)
        except StaleVersion:
            continue
        activity = call.activity(changed)
        call.announce(signal, [activity])
        return activity
    raise WriteConflict(f"activity {id} was changed by others {ATTEMPTS} times in a row; try again")


def next_version(record: Record, changed: Record, actor: Actor, at: datetime, *, action: str, comment: str) -> Record:
    """Return what a verb made of an entry as the version after it, with who, when and why."""
    return evolve(
        changed,
        version=record.version + 1,
        modified_at=at,
        modified_by=actor.mention,
        modified_behalf=actor.behalf_mention,
        action=action,
        comment=comment,
    )


def edited(call: Call, fields: Mapping[str, Any]) -> Step:
    """Change facts of a manual entry."""
    unknown = set(fields) - set(Editable.__annotations__)
    if unknown:
        known = ", ".join(Editable.__annotations__)
        raise InvalidInput(min(unknown), f"cannot be edited; {known} can, and each kind of handling has its own verb")

    def step(record: Record) -> Record:
        declared = _manual(call, record)
        _present(record)
        values = {name: _edit(call, declared, name, value) for name, value in fields.items()}
        if "data" in fields:
            values["type_version"] = declared.version
        changed = evolve(record, **values)
        if fields.keys() & {"occurred_at", "ended_at"}:  # others stay possible when the type plans no more
            ended = None if changed.ended_at == ABSENT else changed.ended_at
            checked_occurrence(declared, changed.occurred_at, ended, call.now)
        check_size(changed)
        later = max(changed.occurred_at, record.recorded_at) - max(record.occurred_at, record.recorded_at)
        changed = evolve(changed, archive_at=aged(record.archive_at, later), purge_at=aged(record.purge_at, later))
        data = decoded(changed.data) if changed.data else None
        return evolve(changed, words=words_of(changed.title, changed.note, [*changed.links, changed.actor], data))

    return step


def _edit(call: Call, declared: ActivityType, name: str, value: Any) -> Any:
    match name:
        case "title":
            return checked_text(name, value, LABEL)
        case "note":
            return checked_text(name, value, NOTE)
        case "data":
            data = typed_data(declared, value)
            return "" if data is None else encoded(data)
        case "ended_at" if value is None:
            return ABSENT
        case _:
            return instant(name, value, call.settings.tz)


def deleted(call: Call) -> Step:
    """Hide a manual entry, so that it can be restored."""

    def step(record: Record) -> Record:
        _manual(call, record)
        return record if record.deleted_at < ABSENT else evolve(record, deleted_at=call.now)

    return step


def restored(call: Call) -> Step:
    """Bring a deleted entry back."""

    def step(record: Record) -> Record:
        _manual(call, record)
        return evolve(record, deleted_at=ABSENT)

    return step


def transitioned(call: Call, status: str) -> Step:
    """Lead an entry to another status, where its type allows that."""

    def step(record: Record) -> Record:
        _present(record)
        declared = call.types.get(record.type)
        if declared is not None and declared.of_subject:
            raise NotAllowed(f"{record.type!r} is the status of a subject: change it by log.subjects.set_status(…)")
        if status == record.status and status:
            return record
        check_transition(record.type, declared.statuses if declared else {}, record.status, status)
        return evolve(record, status=status)

    return step


def shared(readers: tuple[str, ...] | None, editors: tuple[str, ...] | None) -> Step:
    """Change who may see and edit an entry; None leaves it."""

    def step(record: Record) -> Record:
        _present(record)
        seen_by = record.readers if readers is None else readers
        return evolve(
            record,
            readers=seen_by,
            editors=record.editors if editors is None else editors,
            audience=audience(seen_by, record.visibility, record.team),
        )

    return step


def assigned(who: Ref | None) -> Step:
    """Say who is to do it; None says nobody."""
    return lambda record: evolve(_present(record), assignee=mention(who))


def tagged(add: tuple[str, ...], remove: tuple[str, ...]) -> Step:
    """Add and remove tags."""

    def step(record: Record) -> Record:
        _present(record)
        return evolve(record, tags=checked_tags((set(record.tags) - set(remove)) | set(add)))

    return step


def pinned(pin: bool) -> Step:
    """Put an entry on top, or take it off."""
    return lambda record: evolve(_present(record), pinned=pin)


def attached(file: File) -> Step:
    """Add a file, unless the entry has it."""

    def step(record: Record) -> Record:
        _present(record)
        if any(kept.id == file.id for kept in record.files):
            return record
        if len(record.files) == ATTACHMENTS_MAX:
            raise InvalidInput("file", f"the activity has {ATTACHMENTS_MAX} files, as many as one can have; remove one")
        return evolve(record, files=(*record.files, file))

    return step


def detached(id: UUID) -> Step:
    """Take a file away."""

    def step(record: Record) -> Record:
        _present(record)
        found = file_of(record, id)
        return evolve(record, files=tuple(file for file in record.files if file != found))

    return step


def file_of(record: Record, id: UUID) -> File:
    """Return the file of this id.

    Raises:
        InvalidInput: the entry has none.
    """
    found = next((file for file in record.files if file.id == id), None)
    if found is None:
        raise InvalidInput("attachment", f"activity {record.id} has no file of this id; it has {len(record.files)}")
    return found


def due(call: Call, when: When | None) -> Step:
    """Set until when an entry is to be done; None takes that away."""
    moment = ABSENT if when is None else instant("due_at", when, call.settings.tz)
    return lambda record: evolve(_present(record), due_at=moment)


def archived(call: Call, archive: bool) -> Step:
    """Take an entry out of the normal timeline, or bring it back, whatever its age: then it stays, unless taken out."""

    def step(record: Record) -> Record:
        _present(record)
        if not archive:
            aged = not matches(call.door.sight().current, record)
            return evolve(record, archived_at=ABSENT, archive_at=LATEST if aged else record.archive_at)
        return record if record.archived_at < ABSENT else evolve(record, archived_at=call.now)

    return step


def held(hold: bool) -> Step:
    """Keep an entry from being archived, purged and erased, a deleted one too; or no longer.

    Raises:
        InvalidInput: it is to be released, and is not held.
    """

    def step(record: Record) -> Record:
        if not hold and not record.held:
            raise InvalidInput("a", f"activity {record.id} is not held itself, though one of its subjects may be")
        return evolve(record, held=hold)

    return step


def expected_version(a: ActivityLike, version: int | None) -> int | None:
    """Return the version that an edit builds on: as given, else that of the activity; of an id none."""
    if version is None:
        return a.version if isinstance(a, Activity) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise InvalidInput("version", f"an integer is expected, not {type(version).__name__}")
    return version


def _present(record: Record) -> Record:
    if record.deleted_at < ABSENT:
        raise Immutable(f"activity {record.id} is deleted; restore it first")
    return record


def _manual(call: Call, record: Record) -> ActivityType:
    declared = call.types.get(record.type)
    if declared is not None and declared.of_subject:
        raise Immutable(f"activity {record.id} is part of a status history: go on by log.subjects.set_status(…)")
    if declared is None or not declared.manual:
        raise Immutable(
            f"activity {record.id} is a system entry: {record.type!r} is not declared as manual; record a new one"
        )
    return declared


def _stale(call: Call, record: Record, expected: int) -> StaleVersion:
    return StaleVersion(
        f"version: activity {record.id} is at version {record.version}, not {expected}; look at .current and decide",
        call.activity(record),
    )
