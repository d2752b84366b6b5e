"""The lines of an export: a header, documents, and entries with their versions, each one JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, get_origin, get_type_hints
from uuid import UUID

import orjson
from attrs import fields_dict

from activitylog.storage import Document, File, Mention, Record, Versioned

__all__ = ["HEADER", "document_line", "entry_line", "read_line"]

HEADER: Final = b'{"activitylog":1}\n'
"""The first line; it names the format and its version."""

_FIELDS: Final = {name: get_origin(hint) or hint for name, hint in get_type_hints(Record).items()}
_ITEMS: Final = {"links": Mention, "files": File, "readers": str, "editors": str, "tags": str}
_NEEDED: Final = ("id", "tenant", "type", "occurred_at", "recorded_at")


def document_line(document: Document) -> bytes:
    """Return the line of a document."""
    values = {"tenant": document.tenant, "kind": document.kind, "name": document.name, "body": document.body}
    return orjson.dumps({"document": values}) + b"\n"


def entry_line(entry: Versioned) -> bytes:
    """Return the line of an entry and its earlier versions, oldest first."""
    current, earlier = entry
    versions = ",".join(record.to_json() for record in earlier)
    return f'{{"entry":{current.to_json()},"versions":[{versions}]}}\n'.encode()


def read_line(line: bytes) -> Document | Versioned | None:
    """Return what a line holds; None for a header or an empty line.

    Raises:
        ValueError: it is no line of an export; the message says why, and never what stands there.
    """
    if not line.strip():
        return None
    match _object(line):
        case {"document": dict(values)}:
            return _document(values)
        case {"entry": dict(current), "versions": list(earlier)}:
            return _entry(_record(current), [_record(values) for values in earlier])
        case {"activitylog": 1}:
            return None
        case {"activitylog": _}:
            raise ValueError("it was written by a later version of activitylog")
        case _:
            raise ValueError("neither an entry nor a document")


def _object(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ValueError("no complete JSON object in UTF-8") from None


def _document(values: Mapping[str, Any]) -> Document:
    texts = [values.get(name) for name in ("tenant", "kind", "name", "body")]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a document has tenant, kind, name and body, each a text")
    return Document(*texts)  # type: ignore[arg-type] # they are texts


def _entry(current: Record, earlier: list[Record]) -> Versioned:
    chain = [*earlier, current]
    if len({(record.tenant, record.id) for record in chain}) > 1:
        raise ValueError("an entry with versions of another one")
    if any(record.version >= following.version for record, following in pairwise(chain)):
        raise ValueError("an entry whose versions are not in their order")
    return current, earlier


def _record(values: Any) -> Record:
    if not isinstance(values, dict) or (missing := [name for name in _NEEDED if name not in values]):
        raise ValueError(f"an entry without {', '.join(missing if isinstance(values, dict) else _NEEDED)}")
    if unknown := values.keys() - fields_dict(Record).keys():
        raise ValueError(f"an entry with {len(unknown)} fields that this version does not know")
    if wrong := [name for name in values if not _is_listed(name, values[name])]:
        raise ValueError(f"an entry whose {', '.join(wrong)} is of the wrong kind")
    try:
        record = Record.from_json(orjson.dumps(values))
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):
        raise ValueError("an entry with a time, id or reference that is none") from None
    if wrong := [name for name in _FIELDS if not _fits(name, getattr(record, name))]:
        raise ValueError(f"an entry whose {', '.join(wrong)} is of the wrong kind")
    return record


def _is_listed(name: str, value: Any) -> bool:
    """Tell whether what must be a list is one: Python would take a text apart in its place."""
    if name in _ITEMS and isinstance(value, list):
        return _ITEMS[name] is str or all(isinstance(item, list) for item in value)
    return isinstance(value, list) == (name in _ITEMS or _FIELDS[name] is Mention)


def _fits(name: str, value: Any) -> bool:
    if name == "idempotency_key":
        return value is None or isinstance(value, str)
    if name in _ITEMS:
        return all(isinstance(item, _ITEMS[name]) and _is_plain(item) for item in value)
    return type(value) is _FIELDS[name] and _is_plain(value)


def _is_plain(value: Any) -> bool:
    match value:
        case Mention(ref=ref, label=label, role=role):
            return all(isinstance(text, str) for text in (ref, label, role))
        case File(name=name, media_type=media_type, size=size, sha256=sha256):
            return all(isinstance(text, str) for text in (name, media_type, sha256)) and type(size) is int
        case _:
            return isinstance(value, str | int | datetime | UUID)
