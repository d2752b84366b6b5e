"""What changed between two states of a record of the host's, field by field."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import attrs
from attrs import frozen

from activitylog.codec import jsonable
from activitylog.errors import InvalidInput
from activitylog.language import Text, translated
from activitylog.payload import checked_json

__all__ = ["REDACTED", "Change", "compared", "masked"]

REDACTED: Final = "[redacted]"
"""What stands in the place of a value that is not shown or not stored."""


@frozen
class Change:
    """One field that changed.

    Attributes:
        field: its name; within nested mappings a dotted path.
        label: its name for people.
        old, new: the JSON values; None also where there was none.
    """

    field: str
    label: str
    old: Any
    new: Any


def compared(before: object, after: object, ignore: Collection[str] = ()) -> list[list[Any]]:
    """Return the fields that differ, as ``[path, old, new]``, in the order of before, then after.

    Both are mappings (which may be nested), attrs objects or dataclasses; None is an empty one. An absent field
    equals None. Times are compared as instants, numbers by value. ``ignore`` names fields or dotted paths, with all
    that is beneath them.

    Raises:
        InvalidInput: one is neither, or holds a value that JSON cannot.
    """
    old, new = dict(_leaves(_mapping("before", before))), dict(_leaves(_mapping("after", after)))
    return [
        [path, _json("before", path, old.get(path)), _json("after", path, new.get(path))]
        for path in dict.fromkeys((*old, *new))
        if not _named(path, ignore) and not _equal(old.get(path), new.get(path))
    ]


def masked(value: Any, secret: Collection[str]) -> Any:
    """Return JSON in which all that stands under a secret key is replaced, at any depth."""
    if isinstance(value, dict):
        return {key: REDACTED if key in secret else masked(item, secret) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, secret) for item in value]
    return value


def masked_changes(changes: list[list[Any]], secret: frozenset[str]) -> list[list[Any]]:
    """Return the changes with secret values replaced: that they changed is kept, not what they were."""
    if not secret:
        return changes
    hidden = [_named(path, secret) or not secret.isdisjoint(path.split(".")) for path, _, _ in changes]
    return [
        [path, REDACTED, REDACTED] if hide else [path, masked(old, secret), masked(new, secret)]
        for hide, (path, old, new) in zip(hidden, changes, strict=True)
    ]


def labelled(changes: list[list[Any]], labels: Mapping[str, Text], language: str) -> tuple[Change, ...]:
    """Return stored changes for people."""
    return tuple(Change(path, translated(labels.get(path, path), language), old, new) for path, old, new in changes)


def _mapping(name: str, state: object) -> Mapping[str, Any]:
    if state is None:
        return {}
    if isinstance(state, Mapping):
        return state
    if attrs.has(type(state)):
        return attrs.asdict(state)  # type: ignore[arg-type] # attrs.has() says so
    if dataclasses.is_dataclass(state) and not isinstance(state, type):
        return dataclasses.asdict(state)
    raise InvalidInput(name, f"a mapping, an attrs object or a dataclass is expected, not {type(state).__name__}")


def _leaves(state: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in state.items():
        if not isinstance(key, str):
            raise InvalidInput("changes", f"field names must be texts, not {type(key).__name__}")
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _named(path: str, names: Collection[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _equal(old: Any, new: Any) -> bool:
    # True == 1 in Python; as values of a field they differ.
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _json(side: str, path: str, value: Any) -> Any:
    try:
        return checked_json(f"{side}.{path}", jsonable(value))
    except InvalidInput:
        raise
    except ValueError:
        raise InvalidInput(f"{side}.{path}", "holds a number that is not finite") from None
