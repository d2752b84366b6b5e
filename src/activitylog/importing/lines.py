"""Reading the lines of an export: a header, documents, and entries with their versions, each one JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from attrs import fields_dict

from activitylog.errors import InvalidInput
from activitylog.importing.checking import check_record, check_versions
from activitylog.importing.documents import check_document
from activitylog.storage import Document, Record, Versioned

__all__ = ["read_line"]

_FIELDS: Final = fields_dict(Record).keys()
_NEEDED: Final = ("id", "tenant", "type", "occurred_at", "recorded_at")
_FORMS: Final = "times as 2026-03-01T09:30:00.000Z, ids in lower case, references as [ref, label, role]"


def read_line(line: bytes) -> Document | Versioned | None:
    """Return what a line holds, as it was exported; None for a header or an empty line.

    Raises:
        ValueError: it is no line of an export; the message says why, and never what stands there.
    """
    if not line.strip():
        return None
    match _object(line):
        case {"document": dict(values), **rest} if not rest:
            return _document(values)
        case {"entry": dict(current), "versions": list(earlier), **rest} if not rest:
            return _entry(current, earlier)
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
    if len(values) != len(texts) or not all(isinstance(text, str) for text in texts):
        raise ValueError("a document has tenant, kind, name and body, each a text")
    document = Document(*texts)  # type: ignore[arg-type] # they are texts
    check_document(document)
    return document


def _entry(current: Any, earlier: list[Any]) -> Versioned:
    chain = [_record(f"versions[{index}]", values) for index, values in enumerate(earlier)]
    chain.append(_record("entry", current))
    check_versions(chain)
    return chain[-1], chain[:-1]


def _record(place: str, values: Any) -> Record:
    if not isinstance(values, dict) or (missing := [name for name in _NEEDED if name not in values]):
        raise ValueError(f"{place}: has no {', '.join(missing if isinstance(values, dict) else _NEEDED)}")
    if unknown := values.keys() - _FIELDS:
        raise ValueError(f"{place}: has {len(unknown)} fields that this version does not know")
    record = _exact(place, values)
    try:
        check_record(record)
    except InvalidInput as error:
        raise ValueError(f"{place}.{error.field}: {error.reason}") from None
    return record


def _exact(place: str, values: dict[str, Any]) -> Record:
    """Return the record whose export these values are: nothing may be read as something else than what stands there."""
    given = orjson.dumps(values)
    try:
        record = Record.from_json(given)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):
        raise ValueError(f"{place}: has a time, id, reference or list that is none") from None
    written = record.to_json()
    if written.encode() != given:  # fields may be missing, or in another order
        exported = orjson.loads(written)
        if other := [name for name, value in values.items() if orjson.dumps(value) != orjson.dumps(exported[name])]:
            raise ValueError(f"{place}: {', '.join(other)} not in the form in which it is exported: {_FORMS}")
    return record
