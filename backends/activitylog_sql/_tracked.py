"""What of a mapped class is tracked, and how its values are shown: people as they are named, not as they are keyed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from math import isfinite
from typing import Any, Final, Protocol
from uuid import UUID

from attrs import frozen
from sqlalchemy import Column, LargeBinary, event, inspect
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipDirection, RelationshipProperty, Session
from sqlalchemy.orm.attributes import History, get_history
from sqlalchemy.orm.base import PassiveFlag

from activitylog.changes import compared
from activitylog.errors import InvalidInput
from activitylog_sql._models import label_of, model_ref

__all__ = ["Difference", "Field", "Find", "TrackedFields", "finder", "fitting", "remember_old_values", "tracked_fields"]

Find = Callable[[type[Any], tuple[Any, ...]], Any]
"""Finds the object of a class with this primary key, or None."""

Difference = tuple[Any, Any]

_TEXT_MAX: Final = 10_000
"""Characters of a value."""
_TEXTS_MAX: Final = 75_000
"""Characters of all old, or all new, values of an entry, which may have 1 MB: JSON takes up to six bytes for one."""
_NAMES_MAX: Final = 200
"""Objects that are named where many came to a collection, or went from it."""


class Field(Protocol):
    """One thing of an object that may change; under the name by which it is told."""

    @property
    def name(self) -> str: ...

    def value(self, thing: Any, find: Find) -> Any:
        """Return what an object has, of what is known without asking the database; None where nothing is."""

    def difference(self, thing: Any, find: Find) -> Difference | None:
        """Return what the object had before, and has now; None where that is the same."""


@frozen
class _Value:
    """A column."""

    name: str

    def value(self, thing: Any, find: Find) -> Any:
        return _shown(inspect(thing).dict.get(self.name))

    def difference(self, thing: Any, find: Find) -> Difference | None:
        history = _history(thing, self.name)
        return (_shown(_first(history.deleted)), _shown(_first(history.added))) if history.has_changes() else None


@frozen
class _Reference:
    """An object that is named by columns of a foreign key."""

    name: str
    target: type[Any]
    columns: tuple[str, ...]
    """The attributes of the key, in the order of the target's primary key."""

    def value(self, thing: Any, find: Find) -> Any:
        known = inspect(thing).dict
        return _named([self._found(tuple(known.get(name) for name in self.columns), find)])[0]

    def difference(self, thing: Any, find: Find) -> Difference | None:
        histories = [_history(thing, name) for name in self.columns]
        if not any(history.has_changes() for history in histories):
            return None
        before = tuple(_first(history.deleted or history.unchanged) for history in histories)
        after = tuple(_first(history.added or history.unchanged) for history in histories)
        left, came = _named([self._found(before, find), self._found(after, find)])
        return left, came

    def _found(self, key: tuple[Any, ...], find: Find) -> Any:
        """Return the object of a key; of one that is gone the key, and of none None."""
        if any(part is None for part in key):
            return None
        found = find(self.target, key)
        return ":".join(map(str, key)) if found is None else found


@frozen
class _Collection:
    """A collection of objects: what went, and what came."""

    name: str

    def value(self, thing: Any, find: Find) -> Any:
        history = _history(thing, self.name)
        return _listed(_named((*history.added, *history.unchanged)))

    def difference(self, thing: Any, find: Find) -> Difference | None:
        history = _history(thing, self.name)
        if not history.has_changes():
            return None
        names = _named((*history.deleted, *history.added))
        return _listed(names[: len(history.deleted)]), _listed(names[len(history.deleted) :])


@frozen
class TrackedFields:
    """What is tracked of a class, and of which of it only that it changed is kept."""

    fields: tuple[Field, ...]
    masked: frozenset[str]


def tracked_fields(
    model: type[Any], fields: Collection[str] | None, exclude: Collection[str], mask: Collection[str]
) -> TrackedFields:
    """Return what is tracked of a class: what is named, or all of it but its primary key, contents and children.

    Raises:
        InvalidInput: a name is none of its columns and relationships.
    """
    mapper: Mapper[Any] = inspect(model)
    possible = _possible(mapper)
    for option, names in (("fields", fields or ()), ("exclude", exclude), ("mask", mask)):
        if unknown := sorted(set(names).difference(possible)):
            known = ", ".join(sorted(possible))
            raise InvalidInput(option, f"{model.__name__} has no {', '.join(unknown)}; it has {known}")
    left_out = _with_references(possible, exclude)
    names = [name for name in (_usual(mapper, possible) if fields is None else fields) if name not in left_out]
    return TrackedFields(tuple(possible[name] for name in names), _with_references(possible, mask))


def remember_old_values(model: type[Any], fields: Iterable[Field]) -> None:
    """See to it that what is overwritten is known, also where it was not loaded since the last commit."""
    names = {name for field in fields for name in (field.columns if isinstance(field, _Reference) else (field.name,))}
    for name in names:
        if not isinstance(inspect(model).attrs[name], RelationshipProperty):
            event.listen(getattr(model, name), "set", _nothing, active_history=True, propagate=True)


def finder(session: Session) -> Find:
    """Return what finds objects within a flush; one that the flush writes is not asked of the database."""
    new = {inspect(thing).mapper.identity_key_from_instance(thing)[:2]: thing for thing in session.new}

    def find(model: type[Any], key: tuple[Any, ...]) -> Any:
        identity = inspect(model).identity_key_from_primary_key(key)[:2]
        return new[identity] if identity in new else session.get(model, key)

    return find


def _possible(mapper: Mapper[Any]) -> Mapping[str, Field]:
    found: dict[str, Field] = {}
    for attribute in mapper.attrs:
        if isinstance(attribute, ColumnProperty) and isinstance(attribute.columns[0], Column):
            found[attribute.key] = _Value(attribute.key)
        elif isinstance(attribute, RelationshipProperty) and not attribute.viewonly:
            shown = _reference(mapper, attribute) if _is_reference(attribute) else _Collection(attribute.key)
            if shown is not None:
                found[attribute.key] = shown
    return found


def _usual(mapper: Mapper[Any], possible: Mapping[str, Field]) -> list[str]:
    """Return what is tracked where nothing is named: columns in their order, references in the place of their keys."""
    references = [field for field in possible.values() if isinstance(field, _Reference)]
    told = {column: field.name for field in references for column in field.columns}
    contents = (column for column in mapper.columns if isinstance(column.type, LargeBinary))
    left_out = {mapper.get_property_by_column(column).key for column in (*mapper.primary_key, *contents)}
    keys = [each.key for each in mapper.column_attrs]
    columns = [told.get(key, key) for key in keys if key in told or key not in left_out]
    many = RelationshipDirection.MANYTOMANY
    collections = [each.key for each in mapper.relationships if each.direction is many]
    return [name for name in dict.fromkeys((*columns, *collections)) if name in possible]


def _with_references(possible: Mapping[str, Field], names: Collection[str]) -> frozenset[str]:
    """Return the names, and those of relationships that tell the value of a column of these names."""
    told = (field for field in possible.values() if isinstance(field, _Reference))
    return frozenset((*names, *(field.name for field in told if not set(names).isdisjoint(field.columns))))


def _is_reference(relationship: RelationshipProperty[Any]) -> bool:
    return relationship.direction is RelationshipDirection.MANYTOONE


def _reference(mapper: Mapper[Any], relationship: RelationshipProperty[Any]) -> Field | None:
    """Return how the relationship is told by its columns; None where these are not the target's primary key."""
    local = {remote: own for own, remote in relationship.local_remote_pairs or ()}
    target = relationship.mapper
    if set(local) != set(target.primary_key):
        return None
    columns = tuple(mapper.get_property_by_column(local[column]).key for column in target.primary_key)
    return _Reference(relationship.key, target.class_, columns)


def _history(thing: Any, name: str) -> History:
    """Return the history without asking the database, also of what was put into a collection that is not loaded."""
    return get_history(thing, name, PassiveFlag.PASSIVE_NO_INITIALIZE | PassiveFlag.INCLUDE_PENDING_MUTATIONS)


def _first(values: Any) -> Any:
    return values[0] if values else None


def _named(things: Iterable[Any]) -> list[Any]:
    """Return the names of objects, with their refs where two have the same name; texts and None are as they are."""
    listed = tuple(things)
    names = [thing if thing is None or isinstance(thing, str) else label_of(thing) for thing in listed]
    often = Counter(names)
    return [
        name if isinstance(thing, str | None) or often[name] == 1 else f"{name} ({model_ref(thing)})"
        for name, thing in zip(names, listed, strict=True)
    ]


def _listed(given: Iterable[str]) -> list[str] | None:
    """Return names in order; where there are too many for one entry, the first, and how many there are."""
    names = sorted(given)
    if len(names) > _NAMES_MAX:
        return [*names[:_NAMES_MAX], f"… ({len(names):,})"]
    return names or None


def _shown(value: Any) -> Any:
    """Return a value as an entry can hold it: what a host's column has must not make its flush fail."""
    match value:
        case bytes():
            return f"{len(value):,} bytes, {_digest(value)}"
        case float() | Decimal() if not isfinite(value):
            return str(value)
        case int() if not -(2**63) <= value < 2**63:
            return str(value)
        case Enum():
            return value
        case str():
            return _text(value)
        case None | bool() | int() | float() | Decimal() | UUID() | date() | time() | timedelta():
            return value
        case dict() | list() | tuple() | set() | frozenset():
            return value if _is_json(value) else _structure(value)
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()


def _is_json(value: Any) -> bool:
    try:
        compared({}, {"value": value})
    except InvalidInput:
        return False
    return True


def fitting(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that fit into one entry, however many there are; what is cut says so."""
    most = min(_TEXT_MAX, _TEXTS_MAX // max(len(values), 1))
    return {name: _cut(value, most) for name, value in values.items()}


def _cut(value: Any, most: int) -> Any:
    match value:
        case Enum():
            return value
        case str() if len(value) > most:
            return f"{value[:most]}… ({len(value):,} characters)"
        case dict() | list() | tuple() | set() | frozenset() if len(str(value)) > most:
            return _structure(value)
        case _:
            return value


def _structure(value: Any) -> str:
    """Return what stands for a structure that an entry cannot hold: a part of it might tell what is masked there."""
    text = str(value)
    return f"{len(text):,} characters, {_digest(text.encode(errors='replace'))}"


def _digest(content: bytes) -> str:
    return f"SHA-256 {sha256(content).hexdigest()[:16]}…"


def _nothing(*_: Any) -> None:
    """Listen: that alone makes SQLAlchemy load what is overwritten."""
