"""Refs: how anything of the host's is named, without a foreign key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol, runtime_checkable
from uuid import UUID

from attrs import field, frozen

from activitylog.errors import InvalidInput
from activitylog.limits import CODE, IDENTIFIER, LABEL, PRINCIPALS_MAX, checked_text

__all__ = ["HasRef", "Ref", "RefLike", "principals", "refs"]

_KIND: Final = re.compile(r"[a-z][a-z0-9_.-]*\Z")


def _kind(value: Any) -> str:
    kind = checked_text("kind", value, CODE, required=True)
    if not _KIND.match(kind):
        raise InvalidInput("kind", "must be lower-case letters, digits, '_', '.' or '-', a letter first")
    return kind


def _id(value: Any) -> str:
    if isinstance(value, str):
        return checked_text("id", value, IDENTIFIER, required=True)
    if isinstance(value, bool) or not isinstance(value, int | UUID):
        raise InvalidInput("id", f"a text, an integer or a UUID is expected, not {type(value).__name__}")
    if isinstance(value, int) and value.bit_length() > 512:
        raise InvalidInput("id", "the integer is too long for an id")
    return str(value)


def _label(value: Any) -> str:
    return checked_text("label", value, LABEL)


@frozen(order=True, repr=False)
class Ref:
    """Names anything of the host's: its kind, its id, and its label at the time.

    ``kind`` is lower-case (``contact``, ``crm.deal``), ``id`` a text, integer or UUID (kept as text, it may hold
    colons), ``label`` a snapshot for people, which takes no part in equality: ``Ref("contact", 42) ==
    Ref("contact", "42", "Kim")``. As text it is ``"contact:42"``.

    Raises:
        InvalidInput: kind, id or label is malformed or too long.
    """

    kind: str = field(converter=_kind)
    id: str = field(converter=_id)
    label: str = field(converter=_label, default="", eq=False)

    @staticmethod
    def of(thing: RefLike) -> Ref:
        """Return the ref of a ref, a ``"kind:id"`` text, or an object with ``__activity_ref__``.

        Raises:
            InvalidInput: it is none of these.
        """
        if isinstance(thing, Ref):
            return thing
        if isinstance(thing, str):
            kind, colon, id = thing.partition(":")
            if not colon:
                raise InvalidInput("ref", f"this text of {len(thing)} characters is not of the form 'kind:id'")
            return Ref(kind, id)
        method = getattr(type(thing), "__activity_ref__", None)
        found = method(thing) if method is not None else None
        if not isinstance(found, Ref):
            raise InvalidInput(
                "ref", f"{type(thing).__name__} names nothing: give a Ref, 'kind:id', or define __activity_ref__"
            )
        return found

    def __str__(self) -> str:
        """Return ``"kind:id"``."""
        return f"{self.kind}:{self.id}"

    def __repr__(self) -> str:
        return f"Ref({self.kind!r}, {self.id!r}{f', {self.label!r}' if self.label else ''})"


@runtime_checkable
class HasRef(Protocol):
    """An object of the host's that knows its own ref."""

    def __activity_ref__(self) -> Ref:
        """Return the ref of this object, with its present label."""


RefLike = Ref | str | HasRef
"""Whatever names a thing: a ref, its text, or an object that knows it."""


def several(things: Any) -> bool:
    """Tell whether these are several things, and not one that names itself."""
    if type(things) in (tuple, list):  # as with most calls, and asking a protocol takes as long as all the rest
        return True
    return isinstance(things, Iterable) and not isinstance(things, str | Ref | HasRef | Mapping)


def refs(field: str, things: Any) -> tuple[Ref, ...]:
    """Return the refs of one thing or of many, each once.

    Raises:
        InvalidInput: one of them names nothing.
    """
    found: dict[Ref, None] = {}
    for thing in things if several(things) else (things,):
        try:
            found.setdefault(Ref.of(thing))
        except InvalidInput as error:
            raise InvalidInput(field, error.reason) from None
    return tuple(found)


def principals(field: str, things: Any) -> tuple[str, ...]:
    """Return readers or editors as sorted texts: refs as ``"kind:id"``, and ``"*"`` for everybody.

    Raises:
        InvalidInput: there is none, there are more than 500, or one names nothing.
    """
    listed: Iterable[Any] = things if several(things) else (things,)
    found = tuple(sorted({"*" if thing == "*" else str(refs(field, (thing,))[0]) for thing in listed}))
    if not found:
        raise InvalidInput(field, "is empty: nobody could ever see or edit it; name somebody, or '*'")
    if len(found) > PRINCIPALS_MAX:
        raise InvalidInput(field, f"{len(found)} are given, {PRINCIPALS_MAX} are possible; name a group")
    return found
