"""The history of an entry: what each version changed, who made it, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from attrs import field, frozen

from activitylog.actors import Actor
from activitylog.call import Call
from activitylog.changes import REDACTED, Change, compared, labelled
from activitylog.language import Text
from activitylog.payload import decoded
from activitylog.storage import ABSENT, And, File, Mention, Record, Storage, matches

__all__ = ["Revision", "history", "revisions"]

_PART: Final = 100
_LABELS: Final[Mapping[str, Text]] = {
    "title": {"en": "Title", "de": "Titel"},
    "note": {"en": "Note", "de": "Notiz"},
    "occurred_at": {"en": "Date", "de": "Datum"},
    "ended_at": {"en": "End", "de": "Ende"},
    "status": {"en": "Status", "de": "Status"},
    "assignee": {"en": "Assigned to", "de": "Zuständig"},
    "due_at": {"en": "Due", "de": "Fällig"},
    "readers": {"en": "Readers", "de": "Leser"},
    "editors": {"en": "Editors", "de": "Bearbeiter"},
    "files": {"en": "Files", "de": "Dateien"},
    "tags": {"en": "Tags", "de": "Schlagworte"},
    "pinned": {"en": "Pinned", "de": "Angeheftet"},
    "held": {"en": "Held", "de": "Aufbewahrt"},
    "deleted_at": {"en": "Deleted", "de": "Gelöscht"},
    "archived_at": {"en": "Archived", "de": "Archiviert"},
}


@frozen
class Revision:
    """One version of an activity.

    Attributes:
        version: from 1.
        action: ``recorded``, ``edited``, ``deleted``, ``restored``, ``transitioned``, ``shared``, ``tagged``, …; or
            ``REDACTED`` where the viewer could not have seen it, or the version before: then nothing else is told.
        actor: who made it.
        at: when.
        comment: why.
        changes: what was there before and after, field by field; data's fields as ``data.<name>``.
    """

    version: int
    action: str
    actor: Actor | None
    at: datetime
    comment: str = field(repr=False)
    changes: tuple[Change, ...] = field(repr=False)


def history(call: Call, id: UUID) -> list[Revision]:
    """Return all revisions of an entry, the first one first.

    Raises:
        ActivityNotFound: there is no such entry.
    """
    return revisions(call, call.door.whole(id))


def revisions(call: Call, current: Record) -> list[Revision]:
    """Return all revisions of an entry, which was read through the door, and whole."""
    sight = call.door.sight()
    seen = And((sight.visible, sight.clear))  # what its age means is said of the entry, and not of what it was
    chain = [*_earlier(call.store, current), current]
    befores: list[Record | None] = [None, *chain[:-1]]

    def hidden(before: Record | None, record: Record) -> bool:
        about_hold = before is not None and before.held is not record.held  # holds are nothing for viewers
        return (call.is_limited and about_hold) or not all(matches(seen, one) for one in (before, record) if one)

    return [
        _revision(call, before, record, hidden=hidden(before, record))
        for before, record in zip(befores, chain, strict=True)
    ]


def _earlier(store: Storage, current: Record) -> list[Record]:
    found: list[Record] = []
    before = None
    while part := store.versions(current.tenant, current.id, before=before, limit=_PART):
        found += part
        before = part[-1].version
    # The entry may have moved on since it was read.
    return [record for record in reversed(found) if record.version < current.version]


def _revision(call: Call, before: Record | None, record: Record, *, hidden: bool) -> Revision:
    """What a viewer could not have seen then is not to be seen now: there is only told that there was a version."""
    if hidden:
        return Revision(record.version, REDACTED, None, record.modified_at, "", ())
    return Revision(
        version=record.version,
        action=record.action,
        actor=Actor.of_mentions(record.modified_by, record.modified_behalf),
        at=record.modified_at,
        comment=record.comment,
        changes=() if before is None else _changes(call, before, record),
    )


def _changes(call: Call, before: Record, record: Record) -> tuple[Change, ...]:
    declared = call.types.get(record.type)
    labels = {f"data.{name}": label for name, label in (declared.field_labels if declared else {}).items()}
    return labelled(compared(_state(before), _state(record)), {**_LABELS, **labels}, call.language)


def _state(record: Record) -> dict[str, Any]:
    return {
        **{name: _shown(getattr(record, name)) for name in _LABELS},
        "data": decoded(record.data) if record.data else {},
    }


def _shown(value: Any) -> Any:
    match value:
        case Mention():
            return value.label or value.ref or None
        case File():
            return value.name
        case datetime():
            return None if value == ABSENT else value
        case tuple():
            return [_shown(item) for item in value]
        case "":
            return None
        case _:
            return value
