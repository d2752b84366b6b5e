"""Records to documents and back, by hand: this is what a page and a bulk load spend their time in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from attrs import fields
from bson.binary import UUID_SUBTYPE, Binary, UuidRepresentation
from bson.codec_options import CodecOptions

from activitylog.storage import ABSENT, NOBODY, File, Mention, Record, mentioned
from activitylog_mongo._paths import FLAGS, MENTIONS, ORDERED, REWRITTEN, TIMES

__all__ = ["CODEC", "Stored", "key", "replaced", "to_entry", "to_record", "to_version", "utc", "with_ids"]

Stored = dict[str, Any]
"""A document as the driver takes and gives it."""

CODEC: Final[CodecOptions[Stored]] = CodecOptions(uuid_representation=UuidRepresentation.STANDARD)
"""Ids are UUIDs of subtype 4; dates come without a zone, which is faster than in another than the driver's own."""

_NEVER: Final = ABSENT.replace(tzinfo=None)
_ALWAYS: Final = ("tenant", "occurred_at", "recorded_at", "due_at", "type_version", "version")
_LISTS: Final = ("readers", "editors", "tags")
_NUMBERS: Final = ("type_version", "version")
_LATE_TIMES: Final = tuple(str(name) for name in TIMES if name not in ORDERED)
_SPECIAL: Final = {"id", "tenant", "type", "links", "files", "words", "idempotency_key"}
_TEXTS: Final = tuple(
    attribute.name
    for attribute in fields(Record)
    if attribute.name not in {*_SPECIAL, *_LISTS, *_NUMBERS, *MENTIONS, *TIMES, *FLAGS}
)


def key(tenant: str, id: UUID) -> Stored:
    """Return the ``_id`` of an entry: an id is known within its tenant only."""
    return {"tenant": tenant, "id": Binary(id.bytes, UUID_SUBTYPE)}


def with_ids(tenant: str, ids: Iterable[UUID]) -> Stored:
    """Return the filter of entries by their ids; a router sees by the tenant beside them which shard to ask."""
    return {"tenant": tenant, "_id": {"$in": [key(tenant, id) for id in ids]}}


def utc(value: datetime) -> datetime:
    """Return a date of the driver's as a record has it."""
    return ABSENT if value == _NEVER else value.replace(tzinfo=UTC)


def to_entry(r: Record) -> Stored:
    """Return the document of an entry."""
    return {"_id": key(r.tenant, r.id), **_content(r)}


def to_version(r: Record, rewritten: UUID | None = None) -> Stored:
    """Return the document of an earlier version."""
    return {"entry": Binary(r.id.bytes, UUID_SUBTYPE), **({REWRITTEN: rewritten} if rewritten else {}), **_content(r)}


def replaced(entry: Mapping[str, Any]) -> Stored:
    """Return the document of an earlier version, of the entry's as it is stored."""
    content = {name: value for name, value in entry.items() if name not in {"_id", "pending"}}
    return {"entry": entry["_id"]["id"], **content}


def _content(r: Record) -> Stored:
    values = vars(r)
    made: Stored = {name: values[name] for name in _ALWAYS}
    for name, write in _IF_TRUE:
        if value := values[name]:
            made[name] = write(value) if write else value
    for name in MENTIONS:
        if (mention := values[name]) is not NOBODY and mention != NOBODY:
            made[name] = _from_mention(mention)
    for name in _LATE_TIMES:
        if (time := values[name]) is not ABSENT and time != ABSENT:
            made[name] = time
    return made


def to_record(document: Mapping[str, Any]) -> Record:
    """Return the record of an entry's document, or of an earlier version's; what it does not know it passes over."""
    made = dict(_ABSENT)
    for name, value in document.items():
        if name in _AS_IS:
            made[name] = value
        elif (read := _READERS.get(name)) is not None:
            made[name] = read(value)
    made["id"] = document["_id"]["id"] if "entry" not in document else document["entry"]
    return Record.of_values(made)


def _from_mention(mention: Mention) -> Stored:
    made = {"ref": mention.ref} if mention.ref else {}
    if mention.label:
        made["label"] = mention.label
    if mention.role:
        made["role"] = mention.role
    return made


def _to_mention(value: Stored) -> Mention:
    return mentioned(value.get("ref", ""), value.get("label", ""), value.get("role", ""))


def _from_file(file: File) -> Stored:
    # fmt: off
    return {
        "id": file.id, "name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256,
    }
    # fmt: on


def _words(text: str) -> list[str]:
    return text.split(" ")[1:]


_IF_TRUE: Final[tuple[tuple[str, Callable[[Any], Any] | None], ...]] = (
    ("type", None),
    ("links", lambda value: [_from_mention(link) for link in value]),
    *((name, None) for name in (*_TEXTS, *map(str, FLAGS), "idempotency_key")),
    *((name, list) for name in _LISTS),
    ("files", lambda value: [_from_file(file) for file in value]),
    ("words", _words),
)
_AS_IS: Final = frozenset({"tenant", "type", "idempotency_key", *_NUMBERS, *_TEXTS, *map(str, FLAGS)})
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(map(str, TIMES), utc),
    **dict.fromkeys(MENTIONS, _to_mention),
    **dict.fromkeys(_LISTS, tuple),
    "links": lambda value: tuple([_to_mention(link) for link in value]),
    "files": lambda value: tuple([File(**file) for file in value]),
    "words": lambda value: "".join([f" {word}" for word in value]),
}
_ABSENT: Final[dict[str, Any]] = {
    "type": "",
    "idempotency_key": None,
    "words": "",
    **dict.fromkeys(_TEXTS, ""),
    **dict.fromkeys(map(str, TIMES), ABSENT),
    **dict.fromkeys(MENTIONS, NOBODY),
    **dict.fromkeys((*_LISTS, "links", "files"), ()),
    **dict.fromkeys(map(str, FLAGS), False),
}
