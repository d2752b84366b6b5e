"""Texts for people, in the language of who reads."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from string import Formatter
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType, ModuleType, TracebackType
from typing import Any, Final

from activitylog.errors import InvalidInput

__all__ = ["Text", "checked_language", "filled", "found", "part", "placeholders", "rendered", "translated"]

Text = str | Mapping[str, str] | Callable[[str], str]
"""A text for people: one for all languages, one per language, or a function of the language."""

_logger = logging.getLogger("activitylog")

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*\Z")
_PLACEHOLDER: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*\Z")

_INTERPRETERS_OWN: Final = (
    ModuleType, FrameType, TracebackType, CodeType, GeneratorType, CoroutineType, AsyncGeneratorType,
)  # fmt: skip
"""By public names alone these lead to the globals of any module."""


def checked_language(value: Any) -> str:
    """Return the value if it is a language tag such as ``de`` or ``de-AT``."""
    if not isinstance(value, str) or not _LANGUAGE.match(value):
        raise InvalidInput("language", "a language tag such as 'en' or 'de-AT' is expected")
    return value


def translated(text: Text, language: str) -> str:
    """Return the text in this language, else in its base language, else in English, else in the first there is."""
    if isinstance(text, str):
        return text
    if callable(text):
        return _called(text, language)
    base = re.split("[-_]", language, maxsplit=1)[0]
    for candidate in (language, base, "en"):
        if candidate in text:
            return text[candidate]
    return next(iter(text.values()), "")


def _called(text: Callable[[str], str], language: str) -> str:
    try:
        found = text(language)
    except Exception as error:
        # One text of the host's that fails must not make a whole timeline unreadable.
        _logger.warning("a text of a type failed for %r: %s", language, type(error).__name__)
        return ""
    return str(found) if found is not None else ""


def placeholders(template: str, field: str = "summary") -> list[str]:
    """Return the dotted names in a template; errors name the field.

    Raises:
        InvalidInput: a placeholder is not a dotted public name, or a brace is not closed.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise InvalidInput(field, f"is no template ({error}); a brace itself is written twice") from None
    names = []
    for _, name, specification, conversion in parts:
        if name is None:
            continue
        if specification or conversion or not _PLACEHOLDER.match(name):
            raise InvalidInput(field, f"{{{name[:80]}}} must be a dotted public name, and nothing else")
        names.append(name)
    return names


def rendered(template: str, lookup: Callable[[str], Any]) -> str:
    """Return the template with its placeholders filled; a value that is None or missing leaves nothing."""

    def text(name: str) -> str:
        value = found(lookup, name)
        return "" if value is None else str(value)

    return filled(template, text)


def filled(template: str, text: Callable[[str], str]) -> str:
    """Return the template with the text of each dotted name in its place."""
    return "".join(literal if name is None else f"{literal}{text(name)}" for literal, name, _, _ in _parsed(template))


def _parsed(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(template))
    except ValueError:  # made by a function of the host's, which nothing checked
        return [(template, None, None, None)]


def found(lookup: Callable[[str], Any], dotted: str) -> Any:
    """Return what a dotted name leads to, or None: never a function, nor anything of the interpreter's."""
    first, *rest = dotted.split(".")
    value = lookup(first)
    for name in rest:
        if value is None:
            return None
        value = part(value, name)
    return None if callable(value) else value


def part(value: Any, name: str) -> Any:
    """Return a public part of a value by its name, or None; a property that fails has nothing to tell."""
    try:
        if isinstance(value, _INTERPRETERS_OWN):
            return None
        return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
    except Exception:
        return None
