"""Drafts: an activity before it is recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypedDict, Unpack
from uuid import UUID

from attrs import field, fields, frozen
from uuid_utils.compat import uuid7

from activitylog.actors import Actor, checked_actor
from activitylog.attachments import Attachment
from activitylog.changes import compared, masked_changes
from activitylog.context import Context
from activitylog.errors import InvalidInput, TooManySubjects
from activitylog.limits import ATTACHMENTS_MAX, CODE, IDENTIFIER, LABEL, NOTE, SUBJECTS_MAX, TAGS_MAX, checked_text
from activitylog.refs import Ref, RefLike, principals
from activitylog.times import When, now
from activitylog.types import DIRECTIONS, ActivityType, Direction

__all__ = ["ChangeFields", "Draft", "DraftFields"]


class ChangeFields(TypedDict, total=False):
    """The fields of a change entry: those of ``Draft`` but ``data``."""

    title: str
    note: str
    occurred_at: When | None
    ended_at: When | None
    due_at: When | None
    assignee: RefLike | None
    readers: Iterable[RefLike] | RefLike | None
    editors: Iterable[RefLike] | RefLike | None
    tags: Iterable[str]
    pinned: bool
    id: UUID | str
    status: str
    source: RefLike | None
    direction: Direction | None
    channel: str | None
    team: str | None
    conversation: str
    reply_to: Any
    actor: Actor | None
    context: Context | None
    attachments: Iterable[Attachment]
    archive_after: timedelta | None
    purge_after: timedelta | None
    idempotency_key: str | None
    on_repeat: Literal["error", "first"]


class DraftFields(ChangeFields, total=False):
    """The keyword arguments of ``Draft`` and ``ActivityLog.record``."""

    data: Any


def _text(name: str, limit: int) -> Any:
    return field(default="", converter=lambda value: checked_text(name, value, limit), repr=False)


def _code(name: str) -> Any:
    return field(default=None, converter=lambda value: None if value is None else checked_text(name, value, CODE))


def _ref(name: str) -> Any:
    return field(default=None, converter=lambda thing: None if thing is None else single(name, thing))


def _principals(name: str) -> Any:
    return field(default=None, converter=lambda given: None if given is None else principals(name, given))


def single(name: str, thing: Any) -> Ref:
    """Return the ref of one thing; the error names the field."""
    try:
        return Ref.of(thing)
    except InvalidInput as error:
        raise InvalidInput(name, error.reason) from None


def checked_id(name: str, value: Any) -> UUID:
    """Return the id of an activity: a UUID, its text, or what has it as ``id``."""
    found = getattr(value, "id", value) if not isinstance(value, str) else value
    if isinstance(found, UUID):
        return found
    try:
        return UUID(found)
    except (ValueError, TypeError, AttributeError):
        raise InvalidInput(name, "the id of an activity is expected: a UUID, its text, or the activity") from None


def checked_tags(tags: Any) -> tuple[str, ...]:
    """Return tags sorted, each once; one text is one tag."""
    listed = (tags,) if isinstance(tags, str) else tags
    if not isinstance(listed, Iterable):
        raise InvalidInput("tags", f"texts are expected, not {type(tags).__name__}")
    found = tuple(sorted({checked_text("tags", tag, IDENTIFIER, required=True) for tag in listed}))
    if len(found) > TAGS_MAX:
        raise InvalidInput("tags", f"{len(found)} are given, an activity can have {TAGS_MAX}")
    return found


def _what(value: Any) -> Any:
    if type(value) is str:
        return value
    if isinstance(value, ActivityType):
        return value.name
    if hasattr(type(value), "__activity_ref__") or isinstance(value, Ref):
        raise InvalidInput("what", 'the activity comes first, then its subjects: record("call", kim)')
    return value


def _subjects(things: Iterable[Any]) -> tuple[Ref, ...]:
    listed = tuple([thing if type(thing) is Ref else single("subjects", thing) for thing in things])
    found = listed if len(listed) == 1 else tuple(dict.fromkeys(listed))
    if len(found) > SUBJECTS_MAX:
        raise TooManySubjects("subjects", f"{len(found)} are given, one activity can have {SUBJECTS_MAX}; record more")
    return found


def _id(name: str) -> Any:
    return field(default=None, converter=lambda value: None if value is None else checked_id(name, value))


def _key(value: Any) -> str | None:
    return None if value is None else checked_text("idempotency_key", value, IDENTIFIER, required=True)


def _choice(name: str, *choices: str | None) -> Any:
    def checked(value: Any) -> Any:
        if value not in choices:
            raise InvalidInput(name, f"{str(value)[:80]!r} is none of {', '.join(map(repr, choices))}")
        return value

    return field(default=choices[0], converter=checked)


def _instance(name: str, kind: type, default: Any = None) -> Any:
    def checked(value: Any) -> Any:
        if value is not default and not isinstance(value, kind):
            raise InvalidInput(name, f"{kind.__name__} is expected, not {type(value).__name__}")
        return value

    return field(default=default, converter=checked)


def _attachments(given: Any) -> tuple[Attachment, ...]:
    if isinstance(given, Attachment) or not isinstance(given, Iterable) or isinstance(given, str | bytes):
        raise InvalidInput("attachments", f"a list of Attachments is expected, not {type(given).__name__}")
    found = tuple(given)
    for each in found:
        if not isinstance(each, Attachment):
            raise InvalidInput(
                "attachments", f"an Attachment is expected, not {type(each).__name__}: give Attachment(…) of it"
            )
    if len(found) > ATTACHMENTS_MAX:
        raise InvalidInput("attachments", f"{len(found)} are given, an activity can have {ATTACHMENTS_MAX}")
    return found


def _age(name: str) -> Any:
    def checked(value: Any) -> timedelta | None:
        if value is not None and (not isinstance(value, timedelta) or value < timedelta()):
            raise InvalidInput(name, "a timedelta that is not negative is expected")
        return value

    return field(default=None, converter=checked)


def _shown(what: Any) -> str:
    return repr(what) if isinstance(what, str) else type(what).__name__


@frozen(init=False, slots=False, eq=False)  # a dict is filled faster than frozen slots
class Draft:
    """An activity before it is recorded: what happened, to whom, and what else is known.

    Its id and its default time are made with it, so that recording the same draft again is safe. Without subjects it
    is good as a prototype only.

    Args:
        what: the name of a type, or an instance of a type's data class.
        subjects: whom it is about, 1 to 500, each a ref, ``"kind:id"``, or an object with ``__activity_ref__``.
        data: where ``what`` is a name, the type's data: an instance, or a mapping.
        title: the thing's own short text, up to 500 bytes.
        note: a person's free text, up to 100,000 bytes.
        occurred_at: when it happened; by default when the draft was made. A date is its first instant.
        ended_at: when it ended, not before ``occurred_at``.
        due_at: until when it is to be done.
        assignee: who is to do it.
        readers, editors: who may see and edit it, refs or ``"*"``; by default everybody.
        tags: texts of up to 255 bytes.
        pinned: whether it stands on top.
        id: its id, a UUIDv7 by default.
        status: one of the type's, by default the initial one.
        source: the host's object that it came from.
        direction: ``incoming`` or ``outgoing``; channel: ``phone``, …; by default the type's.
        team: the owning team, by default the scope's.
        conversation: the name of the conversation it belongs to, up to 255 bytes.
        reply_to: the activity that it answers.
        actor, context: who did it and from where; by default the scope's.
        attachments: files, up to 100.
        archive_after, purge_after: at which age it leaves the normal timeline, and the store; by default what its
            template says.
        idempotency_key: a name under which the same activity is recorded only once, up to 255 bytes.
        on_repeat: ``first`` accepts an earlier activity of the same key with other content; ``error`` does not.

    Raises:
        InvalidInput: a value does not fit; the error names its field.
        TooManySubjects: there are more than 500.
    """

    what: Any = field(converter=_what, repr=_shown)
    subjects: tuple[Ref, ...] = field(converter=_subjects, repr=False)
    data: Any = field(default=None, repr=False)
    title: str = _text("title", LABEL)
    note: str = _text("note", NOTE)
    occurred_at: When | None = None
    ended_at: When | None = None
    due_at: When | None = None
    assignee: Ref | None = _ref("assignee")
    readers: tuple[str, ...] | None = _principals("readers")
    editors: tuple[str, ...] | None = _principals("editors")
    tags: tuple[str, ...] = field(default=(), converter=checked_tags)
    pinned: bool = _instance("pinned", bool, False)
    id: UUID = _id("id")
    status: str = _text("status", CODE)
    source: Ref | None = _ref("source")
    direction: Direction | None = _choice("direction", None, *DIRECTIONS)
    channel: str | None = _code("channel")
    team: str | None = _code("team")
    conversation: str = _text("conversation", IDENTIFIER)
    reply_to: UUID | None = _id("reply_to")
    actor: Actor | None = field(default=None, converter=checked_actor)
    context: Context | None = _instance("context", Context)
    idempotency_key: str | None = field(default=None, converter=_key)
    on_repeat: Literal["error", "first"] = _choice("on_repeat", "error", "first")
    attachments: tuple[Attachment, ...] = field(default=(), converter=_attachments)
    archive_after: timedelta | None = _age("archive_after")
    purge_after: timedelta | None = _age("purge_after")
    template: str = field(default="", repr=False)
    of_subject: bool = field(default=False, repr=False)
    changes: list[list[Any]] | None = field(default=None, repr=False)
    made_at: datetime = _instance("made_at", datetime)

    def __init__(self, what: Any, *subjects: RefLike, **fields: Unpack[DraftFields]) -> None:
        _fill(self, what, subjects, fields, {})

    @classmethod
    def change(
        cls,
        *subjects: RefLike,
        before: object,
        after: object,
        type: str = "record.changed",
        ignore: Collection[str] = (),
        mask: Collection[str] = (),
        **fields: Unpack[ChangeFields],
    ) -> Draft | None:
        """Return the draft of a change entry, or None where nothing changed; see ``ActivityLog.record_change``."""
        changes = compared(before, after, (ignore,) if isinstance(ignore, str) else ignore)
        changes = masked_changes(changes, frozenset((mask,) if isinstance(mask, str) else mask))
        return drafted(type, subjects, fields, changes=changes) if changes else None

    def replace(self, **fields: Any) -> Draft:
        """Return another draft, with a new id, and these fields (or ``what``, ``subjects``) changed."""
        said = {name: value for name, value in self.__dict__.items() if name not in ("id", "made_at")}
        what, subjects = fields.pop("what", said.pop("what")), fields.pop("subjects", said.pop("subjects"))
        return _filled(what, subjects, fields, said)


def addressed(prototype: Draft, id: UUID, subjects: tuple[Ref, ...], assignee: Ref | None, made_at: datetime) -> Draft:
    """Return the draft for other subjects; all that is given has passed its checks already."""
    draft = Draft.__new__(Draft)
    draft.__dict__.update(prototype.__dict__, id=id, subjects=subjects, assignee=assignee, made_at=made_at)
    return draft


def drafted(what: Any, subjects: Iterable[RefLike], fields: Mapping[str, Any], **own: Any) -> Draft:
    """Return a draft with fields that a caller gave, and own ones that none can give.

    These are ``changes``, ``made_at``, ``template`` and ``of_subject``.
    """
    return _filled(what, subjects, fields, own)


def _filled(what: Any, subjects: Iterable[RefLike], given: Mapping[str, Any], own: Mapping[str, Any]) -> Draft:
    draft = Draft.__new__(Draft)
    _fill(draft, what, subjects, given, own)
    return draft


def _fill(
    draft: Draft, what: Any, subjects: Iterable[RefLike], given: Mapping[str, Any], own: Mapping[str, Any]
) -> None:
    # By hand, since most of the thirty fields are seldom given: only those pass their converter.
    values = draft.__dict__
    values.update(_DEFAULTS)
    values.update(own)
    values["what"], values["subjects"] = _what(what), _subjects(subjects)
    for name, value in given.items():
        if name not in _CONVERTERS:
            unknown = min(given.keys() - _CONVERTERS.keys())
            raise InvalidInput(unknown, f"an activity has no such field; it has {', '.join(sorted(_CONVERTERS))}")
        convert = _CONVERTERS[name]
        values[name] = value if convert is None else convert(value)
    if values["id"] is None:
        values["id"] = uuid7()
    if values["made_at"] is None:
        values["made_at"] = now()


_FIELDS: Final = {each.name: each for each in fields(Draft) if each.name not in ("what", "subjects")}
_DEFAULTS: Final = {name: each.default for name, each in _FIELDS.items()}
_CONVERTERS: Final[dict[str, Any]] = {name: _FIELDS[name].converter for name in (*ChangeFields.__annotations__, "data")}
"""Of the fields that a caller can give."""
