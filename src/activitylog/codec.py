"""Typed data to JSON and back, by cattrs: exact, and strict where cattrs would coerce."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Final
from uuid import UUID

from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError
from cattrs.preconf.json import make_converter

from activitylog.errors import InvalidInput
from activitylog.limits import CODE, shortened
from activitylog.refs import Ref

__all__ = ["jsonable", "structured", "unstructured"]


class _Misfit(Exception):
    """What does not fit, in words of ours: they never hold the value."""


def _strict(kind: type, *accepted: type) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if (isinstance(value, bool) and kind is not bool) or not isinstance(value, (kind, *accepted)):
            raise _Misfit(f"{kind.__name__} expected, not {type(value).__name__}")
        return kind(value)

    return structure


def _parsed(kind: type, parse: Callable[[str], Any]) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise _Misfit(f"{kind.__name__} expected, not {type(value).__name__}")
        try:
            return parse(value)
        except (ValueError, InvalidOperation, InvalidInput):
            raise _Misfit(f"{kind.__name__} expected") from None

    return structure


def _instant_text(value: datetime) -> str:
    """Aware times in UTC, so that a change of zone is no change of data."""
    return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("a finite Decimal expected")
    return str(value)


REASONS_MAX: Final = 500


def _converter() -> Converter:
    # Sets have no order of their own: sorted, equal ones are equal texts, in every process.
    converter = make_converter(forbid_extra_keys=True, unstruct_collection_overrides={AbstractSet: _in_order})
    converter.register_structure_hook(str, _strict(str))
    converter.register_structure_hook(int, _strict(int))
    converter.register_structure_hook(bool, _strict(bool))
    converter.register_structure_hook(float, _strict(float, int))
    texts: list[tuple[type, Callable[[Any], str], Callable[[str], Any]]] = [
        (Decimal, _number, Decimal),
        (UUID, str, UUID),
        (time, time.isoformat, time.fromisoformat),
        (date, date.isoformat, date.fromisoformat),
        (datetime, _instant_text, datetime.fromisoformat),
    ]
    for kind, write, read in texts:
        converter.register_unstructure_hook(kind, write)
        converter.register_structure_hook(kind, _parsed(kind, read))
    converter.register_unstructure_hook(Ref, lambda ref: [ref.kind, ref.id, ref.label])
    converter.register_structure_hook(Ref, _ref)
    converter.register_unstructure_hook(timedelta, timedelta.total_seconds)
    converter.register_structure_hook(timedelta, _seconds)
    return converter


def _in_order(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=repr)


def _seconds(value: Any, _: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Misfit(f"a number of seconds expected, not {type(value).__name__}")
    return timedelta(seconds=value)


def _ref(value: Any, _: Any) -> Ref:
    match value:
        case Ref():
            return value
        case [str(), str(), str()]:
            return Ref(*value)
        case _:
            raise _Misfit("Ref expected")


_CONVERTER: Final = _converter()


def unstructured(value: Any) -> Any:
    """Return an instance of a data class as JSON.

    Raises:
        InvalidInput: it holds something that JSON cannot.
    """
    try:
        return _CONVERTER.unstructure(value)
    except Exception as error:
        raise InvalidInput("data", f"{type(value).__name__} cannot be written: {type(error).__name__}") from None


def structured(value: Any, kind: type) -> Any:
    """Return JSON as an instance of a data class.

    Raises:
        InvalidInput: names each place that does not fit, and what was expected there; never the value.
    """
    try:
        return _CONVERTER.structure(value, kind)
    except BaseValidationError as error:
        reasons = "; ".join(sorted(transform_error(error, format_exception=_reason, path="data")))
        raise InvalidInput("data", f"does not fit {kind.__name__}: {shortened(reasons, REASONS_MAX)}") from None
    except Exception as error:
        raise InvalidInput("data", f"does not fit {kind.__name__}: {_reason(error, None)}") from None


def _reason(error: BaseException, _: type | None) -> str:
    match error:
        case _Misfit():
            return str(error)
        case KeyError():
            return "missing"
        case ForbiddenExtraKeysError():
            return f"unknown fields {', '.join(sorted(shortened(str(name), CODE) for name in error.extra_fields))}"
        case _:
            return f"refused by the class ({type(error).__name__})"


def jsonable(value: Any) -> Any:
    """Return a loose value (of a change) as JSON where its kind has a form; anything else as it is."""
    match value:
        case datetime() | date() | time() | Decimal() | UUID() | Ref() | Enum() | timedelta():
            return _CONVERTER.unstructure(value)
        case dict():
            return {key: jsonable(item) for key, item in value.items()}
        case list() | tuple():
            return [jsonable(item) for item in value]
        case set() | frozenset():
            return sorted(map(jsonable, value), key=str)
        case _:
            return value
