"""Filters of a timeline, as a caller gives them, to a condition that stores can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from typing import Any, Final, TypedDict
from uuid import UUID

from attrs import evolve, frozen

from activitylog.catalog import Catalog
from activitylog.errors import InvalidInput
from activitylog.limits import IDENTIFIER, NOTE, checked_text
from activitylog.refs import RefLike, refs
from activitylog.sight import ANY_STATE, State
from activitylog.storage import ALWAYS, And, Between, Field, Has, In, Match, Not, Or, Where
from activitylog.times import When, upper_bound
from activitylog.types import VIEWED, ActivityType
from activitylog.words import search_words

__all__ = ["Asked", "Filters", "Selection"]

_NO_READING: Final = Not(In(Field.TYPE, [VIEWED]))

_Texts = str | Iterable[str] | None
_Refs = RefLike | Iterable[RefLike] | None


class Filters(TypedDict, total=False):
    """What a timeline can be narrowed by: one value or many; None is no filter, an empty collection matches nothing.

    ``since`` ≤ the time < ``until``; ``due_until`` bounds the due date; ``search`` asks for all of its words, by
    their beginnings, whatever their case; ``open`` for a status that is not final; ``direct`` for entries that have
    the asked as subjects, not only as parents or source. ``archived`` and ``deleted`` are False by default; True
    gives only these, None both. That a timeline was viewed is only found by its type.
    """

    types: str | type | ActivityType | Iterable[str | type | ActivityType] | None
    category: _Texts
    channel: _Texts
    direction: _Texts
    actor: _Refs
    on_behalf_of: _Refs
    assignee: _Refs
    team: _Texts
    status: _Texts
    open: bool | None
    source: _Refs
    batch: str | UUID | Iterable[str | UUID] | None
    conversation: _Texts
    tags: _Texts
    since: When | None
    until: When | None
    due_until: When | None
    search: str | None
    direct: bool | None
    pinned: bool | None
    archived: bool | None
    deleted: bool | None


@frozen
class Asked:
    """Whom a question is about: the subjects with all that were merged with them, and the types of their tenant."""

    subjects: tuple[str, ...]
    types: Catalog


Part = Where | Callable[[Asked], Where]
"""What one filter makes: a condition, at once or when the store is asked."""


@frozen
class Selection:
    """The filters given so far."""

    types: Catalog
    tz: tzinfo
    parts: tuple[Part, ...] = ()
    state: State = State(deleted=False, archived=False)
    typed: bool = False

    def narrowed(self, filters: Mapping[str, Any]) -> Selection:
        """Return the selection with further filters; all must hold.

        Raises:
            InvalidInput: there is no such filter, or a value does not fit.
        """
        states = {name: _flag(name, filters[name]) for name in ("deleted", "archived") if name in filters}
        parts = (self._part(name, value) for name, value in filters.items() if name not in states)
        return evolve(
            self,
            parts=(*self.parts, *(part for part in parts if part != ALWAYS)),
            state=evolve(self.state, **states),
            typed=self.typed or filters.get("types") is not None,
        )

    def all(self) -> Selection:
        """Return the selection without any filter."""
        return Selection(self.types, self.tz, state=ANY_STATE, typed=True)

    def where(self, asked: Asked) -> Where:
        """Return the condition that the filters make together; entries of reading only where types are named."""
        parts = (part(asked) if callable(part) else part for part in self.parts)
        return And((*parts, *(() if self.typed else (_NO_READING,))))

    def _part(self, name: str, value: Any) -> Part:
        make = _FILTERS.get(name)
        if make is None:
            known = ", ".join(sorted(Filters.__annotations__))
            raise InvalidInput(name, f"a timeline has no such filter; it has {known}")
        return ALWAYS if value is None else make(self, name, value)


def _flag(name: str, value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(name, f"True, False or None is expected, not {type(value).__name__}")
    return value


def _many(value: Any) -> Iterable[Any]:
    return (value,) if isinstance(value, str | type | UUID) or not isinstance(value, Iterable) else value


def _texts(field: Field) -> Callable[[Selection, str, Any], Where]:
    return lambda _, name, value: In(field, [checked_text(name, text, IDENTIFIER) for text in _many(value)])


def _mentions(field: Field) -> Callable[[Selection, str, Any], Where]:
    return lambda _, name, value: In(field, map(str, refs(name, value)))


def _types(selection: Selection, name: str, value: Any) -> Where:
    return In(Field.TYPE, [_type_name(selection.types, name, item) for item in _many(value)])


def _type_name(types: Catalog, field: str, given: Any) -> str:
    if isinstance(given, ActivityType):
        return given.name
    if isinstance(given, type):
        declared = types.of_data(given)
        if declared is None:
            raise InvalidInput(field, f"{given.__name__} is the data of no declared type")
        return declared.name
    return checked_text(field, given, IDENTIFIER)


def _open(_: Selection, name: str, value: Any) -> Part:
    wanted = _flag(name, value)
    return lambda asked: Or(
        And((In(Field.TYPE, [declared.name]), In(Field.STATUS, statuses)))
        for declared in asked.types
        if (statuses := [status for status, meaning in declared.statuses.items() if meaning.final is not wanted])
    )


def _batch(_: Selection, name: str, value: Any) -> Where:
    return In(Field.BATCH, [checked_text(name, str(batch), IDENTIFIER) for batch in _many(value)])


def _tags(_: Selection, name: str, value: Any) -> Where:
    return Has(Field.TAGS, [checked_text(name, tag, IDENTIFIER) for tag in _many(value)])


def _since(field: Field) -> Callable[[Selection, str, Any], Where]:
    return lambda selection, name, value: Between(field, ge=upper_bound(name, value, selection.tz))


def _until(field: Field) -> Callable[[Selection, str, Any], Where]:
    return lambda selection, name, value: Between(field, lt=upper_bound(name, value, selection.tz))


def _search(_: Selection, name: str, value: Any) -> Where:
    return Match(search_words([checked_text(name, value, NOTE)]))


def _direct(_: Selection, name: str, value: Any) -> Part:
    if not _flag(name, value):
        return ALWAYS
    return lambda asked: Has(Field.SUBJECTS, asked.subjects) if asked.subjects else ALWAYS


def _pinned(_: Selection, name: str, value: Any) -> Where:
    return In(Field.PINNED, [bool(_flag(name, value))])


_FILTERS: Final[dict[str, Callable[[Selection, str, Any], Part]]] = {
    "types": _types,
    "category": _texts(Field.CATEGORY),
    "channel": _texts(Field.CHANNEL),
    "direction": _texts(Field.DIRECTION),
    "actor": _mentions(Field.ACTOR),
    "on_behalf_of": _mentions(Field.BEHALF),
    "assignee": _mentions(Field.ASSIGNEE),
    "team": _texts(Field.TEAM),
    "status": _texts(Field.STATUS),
    "open": _open,
    "source": _mentions(Field.SOURCE),
    "batch": _batch,
    "conversation": _texts(Field.CONVERSATION),
    "tags": _tags,
    "since": _since(Field.OCCURRED_AT),
    "until": _until(Field.OCCURRED_AT),
    "due_until": _until(Field.DUE_AT),
    "search": _search,
    "direct": _direct,
    "pinned": _pinned,
}
