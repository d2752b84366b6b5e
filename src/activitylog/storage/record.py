"""The flat value that stores keep: one ``Record`` is one version of one activity."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from attrs import field, fields, frozen

__all__ = ["ABSENT", "NOBODY", "Document", "File", "Mention", "Record", "mentioned"]

ABSENT: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""The time that means "none", so that no filter column is ever null."""


@frozen
class Mention:
    """A ref of the host's where an entry names one, with its label at that time and its part in the entry.

    ``ref`` is ``"kind:id"``. ``role`` is an actor's kind (``user``, ``customer``, …) for ``actor``, ``behalf``
    and ``modified_by``; ``subject``, ``parent`` or ``source`` in ``links``; else empty.
    """

    ref: str
    label: str = ""
    role: str = ""


NOBODY: Final = Mention("")
"""The mention of nobody: an absent behalf, assignee or source."""


@lru_cache(maxsize=1_024)
def mentioned(ref: str, label: str = "", role: str = "") -> Mention:
    """Return a mention, for codecs: who is mentioned on a page is so again and again, and is made once."""
    return Mention(ref, label, role)


@frozen
class File:
    """A file attached to an entry; ``sha256`` (hex) names its content, ``size`` counts bytes."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str


_new: Final = object.__new__
_set: Final = object.__setattr__


@frozen(kw_only=True, slots=False, repr=False)  # attrs fills a dict in a fifth of the time that frozen slots take
class Record:
    """One version of one activity, as every store keeps it.

    All values are final: validated by the core, immutable, comparable. Times are ``datetime.UTC`` and hold whole
    milliseconds; an absent one is ``ABSENT``. Text that is absent is ``""``. ``data``, ``changes`` and
    ``context`` are JSON text that a store gives back to the letter. ``words`` are the folded search words, each
    with a space before it. ``audience`` names the interned (readers, visibility, team). ``digest`` is of the
    content as first written and decides whether a repeated key or id means the same. Only ``idempotency_key``
    may be None, and no condition ever names it.
    """

    id: UUID
    tenant: str
    type: str
    type_version: int = 1
    category: str = ""
    channel: str = ""
    direction: str = ""
    actor: Mention = NOBODY
    behalf: Mention = NOBODY
    team: str = ""
    assignee: Mention = NOBODY
    status: str = ""
    occurred_at: datetime
    ended_at: datetime = ABSENT
    recorded_at: datetime
    due_at: datetime = ABSENT
    source: Mention = NOBODY
    batch: str = ""
    conversation: str = ""
    reply_to: str = ""
    template: str = ""
    visibility: str = "internal"
    audience: str = ""
    readers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    links: tuple[Mention, ...] = ()
    title: str = ""
    note: str = ""
    data: str = ""
    changes: str = ""
    context: str = ""
    words: str = ""
    idempotency_key: str | None = None
    digest: str = ""
    pinned: bool = False
    held: bool = False
    archive_at: datetime = ABSENT
    purge_at: datetime = ABSENT
    version: int = 1
    modified_at: datetime = ABSENT
    modified_by: Mention = NOBODY
    modified_behalf: Mention = NOBODY
    action: str = "recorded"
    comment: str = ""
    deleted_at: datetime = ABSENT
    archived_at: datetime = ABSENT

    def __repr__(self) -> str:
        told = (a.name for a in fields(Record) if getattr(self, a.name) != a.default)
        return f"Record({', '.join(f'{name}={getattr(self, name)!r}' for name in told)})"

    @classmethod
    def of_values(cls, values: dict[str, Any]) -> Record:
        """Return the record of values for all fields, which become its own as they are.

        For codecs: what a store holds was a record, and this takes a fifth of the constructor's time.
        """
        made = _new(cls)
        _set(made, "__dict__", values)
        return made

    def to_json(self) -> str:
        """Return the record as one line of JSON, exact: ``from_json`` gives an equal record back."""
        return orjson.dumps({name: _plain(getattr(self, name)) for name in _NAMES}).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Record:
        """Return the record that ``to_json`` wrote; a field that the text lacks has its default.

        Raises:
            ValueError: the text is not such a record.
        """
        found = orjson.loads(text)
        if not isinstance(found, dict):
            raise ValueError("not a record: a JSON object is expected")  # noqa: TRY004 -- a value of the file's
        try:
            return cls(**{name: _READERS.get(name, _same)(value) for name, value in found.items()})
        except (TypeError, KeyError) as error:
            raise ValueError(f"not a record: {error}") from error


@frozen
class Document:
    """A small named value beside the entries: an audience, a key, later templates, aliases, plans and more.

    ``body`` is JSON text; None in ``Storage.put_document`` removes it. ``version`` is the version that is stored,
    from 1.
    """

    tenant: str
    kind: str
    name: str
    body: str | None
    version: int = field(default=0)


_NAMES: Final = tuple(attribute.name for attribute in fields(Record))


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
        case UUID():
            return str(value)
        case Mention():
            return [value.ref, value.label, value.role]
        case File():
            return [str(value.id), value.name, value.media_type, value.size, value.sha256]
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _same(value: Any) -> Any:
    return value


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def _mention(value: list[str]) -> Mention:
    return Mention(*value)


def _file(value: list[Any]) -> File:
    return File(UUID(value[0]), *value[1:])


_READERS: Final[dict[str, Any]] = {
    "id": UUID,
    **dict.fromkeys((name for name in _NAMES if name.endswith("_at")), _time),
    **dict.fromkeys(("actor", "behalf", "assignee", "source", "modified_by", "modified_behalf"), _mention),
    **dict.fromkeys(("readers", "editors", "tags"), tuple),
    "links": lambda value: tuple(map(_mention, value)),
    "files": lambda value: tuple(map(_file, value)),
}
