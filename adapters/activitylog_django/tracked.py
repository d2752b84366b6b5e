"""What is tracked of a model, and how its values are told to people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, cached_property
from math import isfinite
from typing import Any, Final
from uuid import UUID

from attrs import field, frozen
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils import timezone, translation

from activitylog import Ref
from activitylog_django.refs import id_of, kind_of, names_itself, ref_of

__all__ = ["Options", "Tracking"]

OPTIONS: Final = "_activitylog_options"
_TEXT_MAX: Final = 10_000
"""Characters of a value."""
_TEXTS_MAX: Final = 75_000
"""Characters of all old, or all new, values of an entry, which may have 1 MB: JSON takes up to six bytes for one."""
_NAMES_MAX: Final = 200
"""Objects that are named where many came to a relation, or went from it."""


def _names(given: Any) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ImproperlyConfigured(f"@track: several names of fields are expected, not {type(given).__name__}")
    return tuple(given)


def _names_or_all(given: Any) -> tuple[str, ...] | None:
    return None if given is None else _names(given)


@frozen(kw_only=True)
class Options:
    """What ``@track`` was given; each is told there."""

    fields: tuple[str, ...] | None = field(converter=_names_or_all)
    exclude: tuple[str, ...] = field(converter=_names)
    mask: tuple[str, ...] = field(converter=_names)
    subject: str | Callable[[Any], Any] | None
    type: str

    def check(self, model: Any) -> None:
        """Raise where a name is none of the model's.

        Raises:
            ImproperlyConfigured: it is not.
        """
        known = {each.name: each for each in (*model._meta.fields, *model._meta.many_to_many)}
        subject = (self.subject,) if isinstance(self.subject, str) else ()
        for name in (*(self.fields or ()), *self.exclude, *self.mask, *subject):
            if name not in known:
                raise ImproperlyConfigured(
                    f"@track: {model.__name__} has no field {name!r}; it has {', '.join(sorted(known))}"
                )
        if subject and not known[subject[0]].many_to_one and not known[subject[0]].one_to_one:
            raise ImproperlyConfigured(f"@track of {model.__name__}: {subject[0]!r} is no foreign key")


@frozen(slots=False)  # what does not change is found once for each model
class Tracking:
    """What is tracked of one model, which may have taken it over from another."""

    model: Any
    options: Options

    @staticmethod
    @cache
    def of(model: Any) -> Tracking | None:
        """Return what is tracked of a model, or None."""
        options = getattr(model, OPTIONS, None)
        return None if options is None else Tracking(model, options)

    @cached_property
    def types(self) -> tuple[str, str, str]:
        """The types of entries that say that an object was made, was changed, is gone."""
        noun = self.options.type
        return f"{noun}.created", f"{noun}.changed", f"{noun}.deleted"

    @cached_property
    def columns(self) -> tuple[Any, ...]:
        """The fields with a column that are tracked."""
        return tuple(filter(self._wants_column, self.model._meta.concrete_fields))

    def saved(self, names: Collection[str] | None) -> Iterable[Any]:
        """Return those of the columns which a save writes: of these names, or all."""
        if names is None:
            return self.columns
        return [each for each in self.columns if each.name in names or each.attname in names]

    @property
    def many(self) -> tuple[Any, ...]:
        """The many-to-many fields that are tracked."""
        return tuple(each for each in self.model._meta.many_to_many if self._wants(each.name))

    @cached_property
    def masked(self) -> frozenset[str]:
        """The names of fields of which only that they changed is kept; ``password`` always is one."""
        return frozenset({"password", *self.options.mask})

    def whom(self, thing: Any) -> dict[str, Any]:
        """Return the subjects and the source of the entries of an object."""
        own, subject = ref_of(thing), self.options.subject
        if subject is None:
            return {"subjects": (own,), "source": None}
        found = _related(thing, subject) if isinstance(subject, str) else subject(thing)
        many = isinstance(found, Iterable) and not isinstance(found, str)
        subjects = tuple(ref_of(each) for each in (found if many else (found,)) if each is not None)
        return {"subjects": subjects or (own,), "source": own if subjects and own not in subjects else None}

    def _wants(self, name: str) -> bool:
        options = self.options
        return name not in options.exclude and (options.fields is None or name in options.fields)

    def _wants_column(self, each: Any) -> bool:
        own = each.primary_key or getattr(each, "generated", False) or getattr(each.remote_field, "parent_link", False)
        # What writes the time of saving by itself would make a change of every save.
        clock = getattr(each, "auto_now", False) and each.name not in (self.options.fields or ())
        return not own and not clock and self._wants(each.name)


def _related(thing: Any, name: str) -> Any:
    """Return the object of a foreign key if it is at hand, else its ref; None where there is none."""
    relation = thing._meta.get_field(name)
    return at_hand(relation, thing, getattr(thing, relation.attname))


def at_hand(relation: Any, thing: Any, key: Any) -> Any:
    """Return the object that a foreign key names, or its ref where that would have to be read; None for none."""
    if key is None:
        return None
    if relation.is_cached(thing):
        cached = relation.get_cached_value(thing)
        if cached is not None and getattr(cached, relation.target_field.attname) == key:
            return cached
    if names_itself(relation.remote_field.model) or not relation.target_field.primary_key:
        return relation.remote_field.model._base_manager.filter(  # default managers may hide it
            **{relation.target_field.attname: key}
        ).first()
    return Ref(kind_of(relation.remote_field.model), id_of(key))


def differs(each: Any, was: Any, now: Any) -> bool:
    """Tell whether two values of a field are two: what was read may have another form than what was assigned."""
    if type(was) is type(now) and was == now:
        return False
    return bool(_comparable(each, was) != _comparable(each, now))


def _comparable(each: Any, value: Any) -> Any:
    try:
        found = (each.target_field if each.is_relation else each).to_python(value)
    except (ValidationError, TypeError, ValueError):
        return value
    if isinstance(found, datetime) and found.tzinfo is None and settings.USE_TZ:
        return timezone.make_aware(found, timezone.get_default_timezone())
    return found


def named(refs: Iterable[Ref | None]) -> list[str | None]:
    """Return the names of objects, which is what ``str`` says; with the ref where it says the same of two."""
    listed = tuple(refs)
    names = [None if ref is None else ref.label or str(ref) for ref in listed]
    often = Counter(names)
    return [
        f"{name} ({ref})" if name is not None and often[name] > 1 else name
        for name, ref in zip(names, listed, strict=True)
    ]


def related_ref(each: Any, value: Any, related: Any) -> Ref | None:
    """Return the ref of what a foreign key names: of the object, where it is known."""
    if value is None:
        return None
    return Ref(kind_of(each.remote_field.model), id_of(value)) if related is None else ref_of(related)


def told(each: Any, value: Any, related: Any = None) -> Any:
    """Return a value of a field as people know it: a choice by its name, a foreign key by what ``str`` says."""
    if value is None:
        return None
    if each.is_relation:
        return named([related_ref(each, value, related)])[0]
    if each.choices and each.flatchoices:
        # One language for all: what is kept must not depend on who saved it.
        with translation.override(settings.LANGUAGE_CODE):
            return _text(str(dict(each.flatchoices).get(value, value)))
    return _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case bool() | date() | time() | UUID():
            return value
        case int() if -(2**63) <= value < 2**63:
            return value
        case float() if isfinite(value):
            return value
        case Decimal() if value.is_finite():
            return value
        case dict() | list() | tuple():
            return _text(json.dumps(value, default=str, ensure_ascii=False))
        case bytes() | memoryview() | bytearray():
            return f"{len(value):,} bytes"
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    """Return a text without what an entry cannot hold."""
    return text.replace("\0", "").encode(errors="replace").decode()


def fitting(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that fit into one entry, however many there are; a text that is cut says so."""
    most = min(_TEXT_MAX, _TEXTS_MAX // max(len(values), 1))
    return {name: _cut(value, most) if isinstance(value, str) else value for name, value in values.items()}


def listed(things: Iterable[Any]) -> list[str]:
    """Return the names of objects in order; of too many for one entry the first, and how many there are."""
    found = sorted(name for name in named(map(ref_of, things)) if name is not None)
    return found if len(found) <= _NAMES_MAX else [*found[:_NAMES_MAX], f"… ({len(found):,})"]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"
