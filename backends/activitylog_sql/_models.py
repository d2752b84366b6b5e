"""How an object of a host's mapped class is named: by itself, else by its table and primary key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import inspect
from sqlalchemy.exc import NoInspectionAvailable
from sqlalchemy.orm import InstanceState

from activitylog import HasRef, Ref
from activitylog.errors import InvalidInput
from activitylog.limits import LABEL, shortened

__all__ = ["label_of", "model_ref"]

_UNFIT: Final = re.compile(r"[^a-z0-9_.-]")


def model_ref(thing: Any) -> Ref:
    """Return the ref of an object of a mapped class.

    That is what its ``__activity_ref__`` gives, else the name of its table (with its schema, in lower case) and its
    primary key; of a class that inherits from a mapped one, the table is that one's. The parts of a composite key are
    joined by colons, with ``%`` and ``:`` in them percent-encoded. The label is ``str(thing)`` where its class has
    ``__str__``.

    Raises:
        InvalidInput: the object is of no mapped class, or has no primary key yet.
    """
    if isinstance(thing, HasRef):
        return Ref.of(thing)
    try:
        state = inspect(thing)
    except NoInspectionAvailable:
        state = None
    if not isinstance(state, InstanceState):
        raise InvalidInput("ref", f"{type(thing).__name__} is no object of a mapped class, and has no __activity_ref__")
    mapper = state.mapper
    key = state.identity or mapper.primary_key_from_instance(thing)
    if any(part is None for part in key):
        raise InvalidInput("ref", f"this {type(thing).__name__} has no primary key yet: flush the session first")
    return Ref(_kind(mapper.base_mapper), _id(key), _text(thing))


def label_of(thing: Any) -> str:
    """Return the name of an object for people; where it has none, its ref."""
    ref = model_ref(thing)
    return ref.label or str(ref)


def _kind(mapper: Any) -> str:
    table: Any = mapper.local_table
    return _UNFIT.sub("_", str(getattr(table, "fullname", mapper.class_.__name__)).lower())


def _id(key: Iterable[Any]) -> str:
    parts = [part.hex() if isinstance(part, bytes) else str(part) for part in key]
    return parts[0] if len(parts) == 1 else ":".join(part.replace("%", "%25").replace(":", "%3A") for part in parts)


def _text(thing: Any) -> str:
    says_nothing: bool = getattr(type(thing), "__str__") is object.__str__  # noqa: B009 -- mypy takes these for two kinds
    return "" if says_nothing else shortened(str(thing), LABEL)
