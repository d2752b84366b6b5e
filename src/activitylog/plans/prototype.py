"""Drafts as a plan keeps them: JSON, in which every process reads the same activity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from attrs import evolve, fields
from uuid_utils.compat import uuid7

from activitylog.actors import Actor
from activitylog.attachments import Attachment
from activitylog.call import Call
from activitylog.context import Context
from activitylog.draft import Draft, addressed, drafted
from activitylog.errors import InvalidInput
from activitylog.payload import decoded
from activitylog.plans.files import PlanFiles
from activitylog.recording import composed
from activitylog.refs import Ref
from activitylog.storage import File, Mention, Record

__all__ = ["assignee_of", "draft_of", "stored_draft"]

_SOMEBODY: Final = Ref("contact", "0")
"""Stands for the contacts while a prototype is checked."""


def stored_draft(call: Call, draft: Draft, files: PlanFiles) -> dict[str, Any]:
    """Return what a plan keeps of a draft: its fields as they will be recorded, but the subjects and the id.

    The content of its attachments is kept from now on.

    Raises:
        InvalidInput, UnknownType: it could not be recorded.
    """
    if draft.idempotency_key is not None or draft.on_repeat != "error":
        raise InvalidInput(
            "idempotency_key", "a plan knows its activities by their contacts: leave it, and on_repeat, out"
        )
    record = _composed(call, draft)
    times = {name: getattr(record, name) for name in _TIMES if getattr(draft, name) is not None}
    values = {
        **vars(draft),
        **dict.fromkeys(_TIMES),
        **times,
        "what": record.type,
        "data": decoded(record.data) if record.data else None,
        "changes": decoded(record.changes) if record.changes else None,
        "status": record.status,
        "team": record.team,
        "attachments": files.kept(draft.attachments),
    }
    return {name: write(values[name]) for name, (write, _) in _FORMS.items() if values[name] != _DEFAULTS[name]}


def draft_of(stored: Mapping[str, Any]) -> Draft:
    """Return the draft, without subjects, that ``stored_draft`` was given."""
    values = {name: _FORMS[name][1](value) for name, value in stored.items()}
    own = {name: values.pop(name) for name in ("changes", "template") if name in values}
    return drafted(values.pop("what"), (), values, **own)


def assignee_of(stored: Mapping[str, Any]) -> Ref | None:
    """Return who is responsible by a stored draft."""
    return Ref(*stored["assignee"]) if "assignee" in stored else None


def _composed(call: Call, draft: Draft) -> Record:
    """Pass a draft through all checks of recording; who acts, and for whom, can be said later."""
    given = call.circumstances(actor_wanted=False)
    checked = addressed(draft, uuid7(), draft.subjects or (_SOMEBODY,), draft.assignee, call.now)
    return composed(checked, evolve(given, actor=Actor.anonymous()), {})


def _same(value: Any) -> Any:
    return value


def _ref_to_json(ref: Ref) -> list[str]:
    return [ref.kind, ref.id, ref.label]


def _actor_to_json(actor: Actor) -> list[list[str]]:
    return [[found.ref, found.label, found.role] for found in (actor.mention, actor.behalf_mention)]


def _actor_of_json(stored: list[list[str]]) -> Actor | None:
    by, behalf = stored
    return Actor.of_mentions(Mention(*by), Mention(*behalf))


def _age_to_json(age: timedelta) -> list[int]:
    return [age.days, age.seconds, age.microseconds]


def _files_to_json(files: tuple[File, ...]) -> list[list[Any]]:
    return [[str(file.id), file.name, file.media_type, file.size, file.sha256] for file in files]


def _attachments_of_json(stored: list[list[Any]]) -> list[Attachment]:
    return [Attachment.of_file(File(UUID(id), *others)) for id, *others in stored]


_DEFAULTS: Final = {attribute.name: attribute.default for attribute in fields(Draft)}
_TIMES: Final = ("occurred_at", "ended_at", "due_at")
_REF: Final = (_ref_to_json, lambda stored: Ref(*stored))
_FORMS: Final[dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]] = {
    **dict.fromkeys(
        ("what", "data", "changes", "title", "note", "tags", "readers", "editors", "pinned", "status", "direction",
         "channel", "team", "conversation", "template"),
        (_same, _same),
    ),
    **dict.fromkeys(_TIMES, (datetime.isoformat, datetime.fromisoformat)),
    **dict.fromkeys(("assignee", "source"), _REF),
    **dict.fromkeys(("archive_after", "purge_after"), (_age_to_json, lambda stored: timedelta(*stored))),
    "attachments": (_files_to_json, _attachments_of_json),
    "reply_to": (str, _same),
    "actor": (_actor_to_json, _actor_of_json),
    "context": (Context.to_dict, Context.from_dict),
}  # fmt: skip
