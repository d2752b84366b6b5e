"""A template: what a tenant keeps of it, checked when it is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from attrs import field, frozen

from activitylog.attachments import Attachment
from activitylog.changes import masked
from activitylog.draft import Draft, drafted
from activitylog.errors import InvalidInput
from activitylog.language import Text, checked_language, placeholders
from activitylog.limits import LABEL, NOTE, RECORD, checked_text
from activitylog.payload import checked_json, decoded, encoded
from activitylog.recording import check_written, status_of
from activitylog.refs import Ref
from activitylog.storage import Document, File
from activitylog.types import ActivityType

__all__ = ["TEMPLATE", "Template", "checked_template", "stored_template", "template_body", "template_of"]

TEMPLATE: Final = "template"
"""The kind of the documents; their names are those of the templates."""

_TEXTS: Final = {"title": LABEL, "note": NOTE}
_REFS: Final = ("assignee", "source")
_LISTS: Final = ("readers", "editors", "tags")
_FIELDS: Final = (
    *_TEXTS, "data", *_LISTS, *_REFS, "pinned", "status", "direction", "channel", "team", "conversation",
)  # fmt: skip
_RENDERED: Final = ("title", "note", "tags", "data")


@frozen
class Template:
    """What drafts are made of, by ``log.templates.draft(…)``.

    Attributes:
        name: of the template.
        type: the name of the type of what is made of it.
        fields: those of a draft; title, note, tags and the texts of data with their placeholders.
        attachments: the files of what is made of it.
        archive_after, purge_after: at which age what is made of it leaves the normal timeline, and the store, or None.
        retired: no drafts are made of it any more.
    """

    name: str
    type: str
    fields: Mapping[str, Any] = field(repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)
    archive_after: timedelta | None = None
    purge_after: timedelta | None = None
    retired: bool = False

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The dotted names that are to be filled, each once, in every language."""
        rendered = {name: value for name, value in self.fields.items() if name in _RENDERED}
        return tuple(dict.fromkeys(found for _, found in _names(rendered)))


def checked_template(
    name: str, declared: ActivityType, fields: Mapping[str, Any], others: Mapping[str, Any]
) -> Template:
    """Return a template whose every field a draft of this type can have; secret values are replaced.

    Raises:
        InvalidInput: as ``template_of``, or the type takes no such entries.
    """
    if isinstance(fields.get("data"), Mapping):
        fields = {**fields, "data": masked(checked_json("data", fields["data"]), declared.secret)}
    template = template_of(name, declared.name, fields, others)
    prototype = drafted(declared.name, (), {"status": template.fields.get("status", "")})
    check_written(declared, prototype)
    status_of(prototype, declared)
    return template


def template_of(name: str, type: str, fields: Mapping[str, Any], others: Mapping[str, Any]) -> Template:
    """Return a template whose every field a draft can have, whatever its type; others are attachments and ages.

    Raises:
        InvalidInput: a value does not fit, a placeholder is not a dotted public name, or it is too long to be kept.
    """
    if unknown := fields.keys() - set(_FIELDS):
        known = ", ".join(_FIELDS)
        raise InvalidInput(min(unknown), f"a template has no such field; it has {known}; others are given to the draft")
    plain = {name: value for name, value in fields.items() if name not in ("data", *_TEXTS)}
    prototype = drafted(type, (), {**plain, **others})
    found = {name: _kept(name, value, prototype) for name, value in fields.items() if value is not None}
    template = Template(name, type, found, **{other: getattr(prototype, other) for other in others})
    for place, text in _strings({name: value for name, value in found.items() if name in _RENDERED}):
        placeholders(text, place)
    size = len(template_body(template).encode())
    if size > RECORD:
        raise InvalidInput("data", f"with the note the template is {size:,} bytes long, {RECORD:,} are possible")
    return template


def _kept(name: str, value: Any, prototype: Draft) -> Any:
    if name in _TEXTS:
        return _text(name, value)
    if name != "data":
        return getattr(prototype, name)
    if not isinstance(value, Mapping):
        raise InvalidInput("data", f"a mapping is expected, not {type(value).__name__}")
    return checked_json("data", value)


def _text(name: str, value: Any) -> Text:
    if not isinstance(value, Mapping):
        return checked_text(name, value, _TEXTS[name])
    if not value:
        raise InvalidInput(name, "texts by language are expected, and there is none")
    return {checked_language(language): checked_text(name, text, _TEXTS[name]) for language, text in value.items()}


def _names(value: Any) -> Iterator[tuple[str, str]]:
    """Give the placeholders in all texts of a value, each with its place."""
    return ((place, name) for place, text in _strings(value) for name in placeholders(text, place))


def _strings(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield place, value
        case Mapping():
            for key, item in value.items():
                yield from _strings(item, f"{place}.{key[:40]}" if place else key)
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _strings(item, f"{place}[{index}]")


def template_body(template: Template) -> str:
    """Return the body of a template's document."""
    fields = {
        name: [str(value), value.label] if isinstance(value, Ref) else value for name, value in template.fields.items()
    }
    return encoded(
        {
            "type": template.type,
            "fields": fields,
            "files": [[str(a.id), a.name, a.media_type, a.size, a.sha256] for a in template.attachments],
            "archive_after": _parts(template.archive_after),
            "purge_after": _parts(template.purge_after),
            "retired": template.retired,
        }
    )


def stored_template(document: Document) -> Template:
    """Return the template that a document keeps."""
    body = decoded(document.body or "{}")
    return Template(
        name=document.name,
        type=body["type"],
        fields={name: _restored(name, value) for name, value in body["fields"].items()},
        attachments=tuple(Attachment.of_file(File(UUID(id), *file)) for id, *file in body["files"]),
        archive_after=_age(body["archive_after"]),
        purge_after=_age(body["purge_after"]),
        retired=body["retired"],
    )


def _restored(name: str, value: Any) -> Any:
    if name in _LISTS:
        return tuple(value)
    if name not in _REFS:
        return value
    kind, _, id = value[0].partition(":")
    return Ref(kind, id, value[1])


def _parts(age: timedelta | None) -> list[int] | None:
    return None if age is None else [age.days, age.seconds, age.microseconds]


def _age(parts: list[int] | None) -> timedelta | None:
    return None if parts is None else timedelta(*parts)
