"""Filling the placeholders of a template: public names of what the host passes, and nothing that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from activitylog.actors import Actor
from activitylog.errors import MissingPlaceholders
from activitylog.language import filled, found, part, placeholders, translated
from activitylog.presentation import Named, name_of
from activitylog.refs import Ref
from activitylog.template import Template

__all__ = ["filled_fields"]

Lookup = Callable[[str], Any]
"""What the first part of a dotted name stands for, or None."""


def filled_fields(
    template: Template, language: str, subjects: Sequence[Ref], actor: Actor | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields of a draft: texts in one language, placeholders replaced by texts, each once.

    Raises:
        MissingPlaceholders: nothing fills some of them; names all.
    """
    fields = dict(template.fields)
    for name in ("title", "note"):
        if name in fields:
            fields[name] = translated(fields[name], language)
    lookup = _given(subjects, actor, values)
    missing: dict[str, None] = {}
    if "data" in fields:
        fields["data"] = _filled(fields["data"], lookup, missing)
        lookup = _or_data(lookup, fields["data"])
    for name in ("title", "note", "tags"):
        if name in fields:
            fields[name] = _filled(fields[name], lookup, missing)
    if missing:
        raise MissingPlaceholders(tuple(missing))
    return fields


def _given(subjects: Sequence[Ref], actor: Actor | None, values: Mapping[str, Any]) -> Lookup:
    named = {
        "subject": Named(subjects[0]) if subjects else None,
        "subjects": ", ".join(map(name_of, subjects)) or None,
        "actor": None if actor is None else Named(actor.ref),
    }
    return {**named, **values}.get


def _or_data(lookup: Lookup, data: Any) -> Lookup:
    def either(name: str) -> Any:
        value = lookup(name)
        return part(data, name) if value is None else value

    return either


def _filled(value: Any, lookup: Lookup, missing: dict[str, None]) -> Any:
    match value:
        case str():
            return _text(value, lookup, missing)
        case dict():
            return {key: _filled(item, lookup, missing) for key, item in value.items()}
        case list() | tuple():
            return [_filled(item, lookup, missing) for item in value]
        case _:
            return value


def _text(template: str, lookup: Lookup, missing: dict[str, None]) -> str:
    texts = {name: _shown(found(lookup, name)) for name in placeholders(template, "template")}
    missing.update((name, None) for name, text in texts.items() if text is None)
    return filled(template, lambda name: texts[name] or "")


def _shown(value: Any) -> str | None:
    """Return a value as a text; one that has none of its own is missing, for its repr tells what is private too."""
    own_text: Any = type(value).__str__
    if isinstance(value, bytes | bytearray):
        return None
    try:
        return str(value) if isinstance(value, int | float) or own_text is not object.__str__ else None
    except Exception:
        return None
