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
from activitylog.limits import LABEL, checked_text
from activitylog.payload import DEPTH_MAX, checked_json

__all__ = ["REDACTED", "Change", "compared", "masked"]

REDACTED: Final = "[redacted]"
"""What stands in the place of a value that is not shown or not stored."""


@frozen
class Change:
    """One field that changed.

    Attributes:
        field: its name; within nested mappings a dotted path.
        label: its name for people: what the type's ``field_labels`` say, else the name with spaces for underscores.
        old, new: the JSON values; None also where there was none.
    """

    field: str
    label: str
    old: Any = attrs.field(repr=False)
    new: Any = attrs.field(repr=False)


def compared(before: object, after: object, ignore: Collection[str] = ()) -> list[list[Any]]:
    """Return the fields that differ, as ``[path, old, new]``, in the order of before, then after.

    Both are mappings (which may be nested), attrs objects or dataclasses; None is an empty one. An absent field
    equals None. Times are compared as instants, numbers by value. ``ignore`` names fields or dotted paths, with all
    that is beneath them.

    Raises:
        InvalidInput: one is neither, or holds a value that JSON cannot.
    """
    old, new = _flat("before", before), _flat("after", after)
    return [
        [path, _json("before", path, old.get(path)), _json("after", path, new.get(path))]
        for path in dict.fromkeys((*old, *new))
        if not _named(path, ignore) and not _same(path, old.get(path), new.get(path))
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
    return tuple(
        Change(path, translated(labels.get(path) or path.replace("_", " "), language), old, new)
        for path, old, new in changes
    )


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


def _flat(name: str, state: object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, value in _leaves(name, _mapping(name, state)):
        if path in found:
            raise InvalidInput(name, "two fields have the same dotted path; rename one")
        found[path] = value
    return found


def _leaves(name: str, state: Mapping[str, Any], prefix: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    if depth > DEPTH_MAX:
        raise InvalidInput(name, f"is nested deeper than {DEPTH_MAX} levels")
    for key, value in state.items():
        path = checked_text(f"{name} (a field's name)", key, LABEL)
        if isinstance(value, Mapping):
            yield from _leaves(name, value, f"{prefix}{path}.", depth + 1)
        else:
            yield f"{prefix}{path}", value


def _named(path: str, names: Collection[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _same(path: str, old: Any, new: Any) -> bool:
    try:
        return _equal(old, new)
    except Exception as error:
        reason = f"cannot be compared with what was there ({type(error).__name__})"
        raise InvalidInput(f"after.{path}", reason) from None


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) == len(new) and all(map(_equal, old, new))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(_equal(old[key], new[key]) for key in old)
    # True == 1 in Python; as values of a field they differ.
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _json(side: str, path: str, value: Any) -> Any:
    try:
        return checked_json(f"{side}.{path}", jsonable(value))
    except InvalidInput:
        raise
    except RecursionError:
        raise InvalidInput(f"{side}.{path}", "holds itself") from None
    except Exception as error:
        raise InvalidInput(f"{side}.{path}", f"cannot be written as JSON ({type(error).__name__})") from None
