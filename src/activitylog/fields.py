"""Fields of run-time types: what an administrator can say of an entry's data without a class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from activitylog.codec import structured, unstructured
from activitylog.errors import InvalidInput
from activitylog.limits import CODE, IDENTIFIER, checked_text
from activitylog.payload import checked_json
from activitylog.refs import Ref, RefLike

__all__ = ["FieldKind", "as_read", "as_written", "checked_fields"]

PlainKind = Literal["text", "number", "money", "date", "reference"]
FieldKind = PlainKind | tuple[str, ...]
"""What a field holds: a text; an int or float; money, an exact ``Decimal``; a ``date``; a ``Ref``; or one of some
texts."""

FIELDS_MAX: Final = 100
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_CLASSES: Final[Mapping[str, Any]] = {
    "text": str,
    "money": Decimal,
    "date": date,
    "reference": Ref,
}


def checked_fields(given: Any) -> dict[str, FieldKind]:
    """Return a schema, each choice as a tuple.

    Raises:
        InvalidInput: a name or a kind does not fit; the error names it.
    """
    if not isinstance(given, Mapping):
        raise InvalidInput("fields", f"a mapping from names to kinds is expected, not {type(given).__name__}")
    if len(given) > FIELDS_MAX:
        raise InvalidInput("fields", f"{len(given)} are given, a type can have {FIELDS_MAX}")
    return {_checked_name(name): _checked_kind(name, kind) for name, kind in given.items()}


def _checked_name(name: Any) -> str:
    checked_text("fields", name, CODE, required=True)
    if not _NAME.match(name):
        raise InvalidInput("fields", f"{name!r} must be lower-case letters, digits and underscores")
    return str(name)


def _checked_kind(name: str, kind: Any) -> FieldKind:
    if isinstance(kind, str):
        if kind in get_args(PlainKind):
            return kind  # type: ignore[return-value] # just seen to be one of them
        known = ", ".join(map(repr, get_args(PlainKind)))
        raise InvalidInput(f"fields.{name}", f"{kind[:CODE]!r} is none of {known}; a choice is a tuple of texts")
    if not isinstance(kind, Iterable):
        raise InvalidInput(f"fields.{name}", f"a kind or a tuple of texts is expected, not {type(kind).__name__}")
    choices = tuple(checked_text(f"fields.{name}", choice, IDENTIFIER, required=True) for choice in kind)
    if not choices or len(set(choices)) < len(choices):
        raise InvalidInput(f"fields.{name}", "a choice needs texts, none of them twice")
    return choices


def as_written(schema: Mapping[str, FieldKind], data: Mapping[Any, Any]) -> dict[str, Any]:
    """Return data as JSON, after each field passed its kind; what is None is left out.

    Raises:
        InvalidInput: names the field and what is expected there, never the value.
    """
    unknown = [name for name in data if name not in schema]
    if unknown:
        shown = str(unknown[0])[:CODE]
        raise InvalidInput(f"data.{shown}", f"the type has no such field; it has {', '.join(schema) or 'none'}")
    return {
        name: _written(f"data.{name}", kind, data[name]) for name, kind in schema.items() if data.get(name) is not None
    }


def _written(field: str, kind: FieldKind, value: Any) -> Any:
    if isinstance(kind, tuple):
        if not isinstance(value, str) or value not in kind:
            raise InvalidInput(field, f"is none of {', '.join(map(repr, kind))}")
        return value
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput(field, f"a number is expected, not {type(value).__name__}")
        return checked_json(field, value)
    if kind == "reference":
        value = _reference(field, value)
    elif kind == "date" and isinstance(value, datetime):
        raise InvalidInput(field, "a date is expected, not a datetime")
    elif kind == "money" and isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    try:
        return checked_json(field, unstructured(structured(value, _CLASSES[kind])))
    except InvalidInput as error:
        raise InvalidInput(field, error.reason) from None


def _reference(field: str, value: RefLike | list[str]) -> Any:
    if isinstance(value, list):  # as it is stored
        return value
    try:
        return Ref.of(value)
    except InvalidInput as error:
        raise InvalidInput(field, error.reason) from None


def as_read(schema: Mapping[str, FieldKind], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored data with the values that its fields have in Python; what does not fit any more is as stored."""
    return {name: _read(schema.get(name), value) for name, value in stored.items()}


def _read(kind: FieldKind | None, value: Any) -> Any:
    if kind is None or kind == "number" or isinstance(kind, tuple):
        return value
    try:
        return structured(value, _CLASSES[kind])
    except InvalidInput:
        return value
