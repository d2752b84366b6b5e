"""JSON of the host's: checked so that every store gives it back to the letter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import orjson

from activitylog.errors import InvalidInput
from activitylog.limits import checked_text

__all__ = ["checked_json", "decoded", "encoded", "strings"]

DEPTH_MAX: Final = 32
_INT_MIN: Final = -(2**63)
_INT_MAX: Final = 2**63 - 1
_SHOWN: Final = 40
"""Characters of a key that an error shows."""
_UNLIMITED: Final = 2**62


def checked_json(field: str, value: Any, depth: int = 1) -> Any:
    """Return the value as plain JSON: dicts, lists, texts, numbers, booleans and None.

    Raises:
        InvalidInput: names the place of a key that is no text, a number that is not finite or beyond 64 bits, a text
            with NUL or a lone surrogate, a value that is not JSON, or a depth above 32.
    """
    match value:
        case None | bool():
            return value
        case str():
            return checked_text(field, value, _UNLIMITED)
        case int():
            if not _INT_MIN <= value <= _INT_MAX:
                raise InvalidInput(field, "the integer does not fit into 64 bits; give it as a text")
            return int(value)
        case float():
            if not math.isfinite(value):
                raise InvalidInput(field, "the number is not finite; JSON cannot hold it")
            return float(value)
    if depth > DEPTH_MAX:
        raise InvalidInput(field, f"is nested deeper than {DEPTH_MAX} levels")
    if isinstance(value, Mapping):
        return {
            _key(field, key): checked_json(f"{field}.{str(key)[:_SHOWN]}", item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [checked_json(f"{field}[{index}]", item, depth + 1) for index, item in enumerate(value)]
    raise InvalidInput(field, f"{type(value).__name__} is not JSON: declare a data class for the type, or convert it")


def _key(field: str, key: Any) -> str:
    if not isinstance(key, str):
        raise InvalidInput(field, f"keys must be texts, not {type(key).__name__}")
    return checked_text(f"{field} (a key)", key, _UNLIMITED)


def encoded(value: Any) -> str:
    """Return checked JSON as text; the order of keys is kept."""
    return orjson.dumps(value).decode()


def decoded(text: str) -> Any:
    """Return the value of a text that ``encoded`` made."""
    return orjson.loads(text)


def strings(value: Any) -> list[str]:
    """Return all texts within a JSON value (no keys), in their order."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for item in value.values() for text in strings(item)]
        case list():
            return [text for item in value for text in strings(item)]
        case _:
            return []
