"""What an object was like when it was read or saved last, so that a save knows what it changes without asking."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from attrs import frozen
from django.db.models import Model
from django.db.models.fields.files import FieldFile

from activitylog import Draft, Ref
from activitylog_django.tracked import Tracking, at_hand, differs, fitting, named, related_ref, told

__all__ = ["State", "changed", "created", "deleted", "known", "learn", "read_missing", "remember"]

_ATTRIBUTE: Final = "_activitylog_state"
_PLAIN: Final = frozenset({type(None), str, int, bool, float, Decimal, date, datetime, UUID, bytes})
"""The types of most values: these cannot be changed in place, and are none that the database computes."""


@frozen
class State:
    """The values of an object's tracked columns, by attribute; those that were not loaded are absent.

    ``objects`` are those that its foreign keys named, as far as they were at hand.
    """

    key: Any
    values: Mapping[str, Any]
    objects: Mapping[str, Any]


def remember(thing: Any, tracking: Tracking, names: Collection[str] | None = None) -> None:
    """Keep what an object is like now; of these fields only, by name or attribute, or of all."""
    before = None if names is None else known(thing)
    values = {} if before is None else dict(before.values)
    objects = {} if before is None else dict(before.objects)
    loaded = thing.__dict__
    for each in tracking.saved(names):
        name = each.attname
        if name not in loaded:
            continue
        value = loaded[name]
        if type(value) in _PLAIN or not _is_computed(value):
            values[name] = _kept(value)
        else:
            values.pop(name, None)
        if each.is_relation and each.is_cached(thing):
            objects[name] = each.get_cached_value(thing)
    thing.__dict__[_ATTRIBUTE] = State(thing.pk, values, objects)


def known(thing: Any) -> State:
    """Return what is known of an object; of one that has another key by now, nothing."""
    state: State | None = thing.__dict__.get(_ATTRIBUTE)
    return State(thing.pk, {}, {}) if state is None or state.key != thing.pk else state


def read_missing(thing: Any, tracking: Tracking, names: Collection[str] | None, using: str) -> None:
    """Read what is about to be overwritten and was never loaded: of an object made by hand, of deferred fields."""
    state = known(thing)
    missing = [
        each.attname
        for each in tracking.saved(names)
        if each.attname in thing.__dict__ and each.attname not in state.values
    ]
    if missing:
        learn(thing, read(thing, missing, using))


def learn(thing: Any, values: Mapping[str, Any]) -> None:
    """Keep what an object is like in the database."""
    state = known(thing)
    thing.__dict__[_ATTRIBUTE] = State(state.key, {**values, **state.values}, state.objects)


def read(thing: Any, attributes: Iterable[str], using: str) -> Mapping[str, Any]:
    """Return values as they are stored, by one query."""
    manager = type(thing)._base_manager.using(using)  # default managers may hide it
    found: Mapping[str, Any] = manager.filter(pk=thing.pk).values(*attributes).first() or {}
    return found


def created(thing: Any, tracking: Tracking, using: str) -> Draft:
    """Return the draft which says that an object was made, with its values; what is empty needs no words."""
    current = _current(thing, tracking.columns, using)
    values = {each.name: _told(each, thing, current[each.attname]) for each in tracking.columns}
    after = {name: value for name, value in values.items() if value not in (None, "")}
    return _draft(thing, tracking, tracking.types[0], {}, after)


def deleted(thing: Any, tracking: Tracking) -> Draft:
    """Return the draft which says that an object is gone, with its last values, as far as they were loaded."""
    loaded = [each for each in tracking.columns if each.attname in thing.__dict__]
    before = {each.name: _told(each, thing, thing.__dict__[each.attname]) for each in loaded}
    return _draft(thing, tracking, tracking.types[2], before, {})


def changed(thing: Any, tracking: Tracking, names: Collection[str] | None, using: str) -> Draft | None:
    """Return the draft which says what a save changed, or None where it changed nothing."""
    state = known(thing)
    loaded = [each for each in tracking.saved(names) if each.attname in thing.__dict__]
    current = _current(thing, loaded, using)
    differing = [
        each
        for each in loaded
        if each.attname in state.values and differs(each, state.values[each.attname], current[each.attname])
    ]
    if not differing:
        return None
    return change(thing, tracking, differing, state, current, using)


def change(
    thing: Any, tracking: Tracking, fields: Iterable[Any], before: State, after: Mapping[str, Any], using: str
) -> Draft:
    """Return the draft which says how fields of an object differ."""
    old, new = {}, {}
    for each in fields:
        was, now = before.values[each.attname], after[each.attname]
        if each.is_relation:
            left = related_ref(each, was, _object(each, before.objects.get(each.attname), was, using))
            came = related_ref(each, now, _object(each, _cached(each, thing, now), now, using))
            old[each.name], new[each.name] = named([left, came])
        else:
            old[each.name], new[each.name] = told(each, was), told(each, now)
    return _draft(thing, tracking, tracking.types[1], old, new)


def _draft(thing: Any, tracking: Tracking, type: str, before: Any, after: Any) -> Draft:
    whom = tracking.whom(thing)
    found = Draft.change(
        *whom["subjects"],
        before=fitting(before),
        after=fitting(after),
        type=type,
        mask=tracking.masked,
        source=whom["source"],
    )
    return Draft(type, *whom["subjects"], source=whom["source"]) if found is None else found


def _current(thing: Any, fields: Iterable[Any], using: str) -> dict[str, Any]:
    """Return the values of an object; what the database computed is read."""
    found = {each.attname: _kept(getattr(thing, each.attname)) for each in fields}
    computed = [name for name, value in found.items() if type(value) not in _PLAIN and _is_computed(value)]
    return {**found, **read(thing, computed, using)} if computed else found


def _told(each: Any, thing: Any, value: Any) -> Any:
    """Return a value of an object as people know it, without reading anything."""
    return told(each, value, _cached(each, thing, value))


def _cached(each: Any, thing: Any, key: Any) -> Any:
    return at_hand(each, thing, key) if each.is_relation else None


def _object(each: Any, found: Any, key: Any, using: str) -> Any:
    """Return the object that a changed foreign key named: people know it by its name, which is read if need be."""
    if key is None or isinstance(found, Model):
        return found
    target = each.target_field
    there = each.remote_field.model._base_manager.using(using).filter(**{target.attname: key}).first()
    return there if there is not None else found if isinstance(found, Ref) else None


def _is_computed(value: Any) -> bool:
    """Tell whether only the database knows the value, such as ``F("visits") + 1``."""
    return hasattr(value, "resolve_expression")


def _kept(value: Any) -> Any:
    """Return a value so that it stays as it is when the object is changed in place."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, FieldFile):
        return value.name or ""
    return deepcopy(value) if isinstance(value, dict | list | set | bytearray) else value
