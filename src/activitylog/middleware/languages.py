"""Which of the host's languages a client wants."""

from __future__ import annotations

from collections.abc import Iterable

from activitylog.errors import InvalidInput
from activitylog.language import checked_language

__all__ = ["checked_languages", "negotiated_language"]


def negotiated_language(accept: str, languages: Iterable[str]) -> str | None:
    """Return the one of ``languages`` that an ``Accept-Language`` header likes best, or None.

    ``de-AT`` is served by ``de`` too, and ``de`` by ``de-AT``; of languages that are liked alike the first of the
    header wins. ``*`` is the first of ``languages``. What is malformed is passed over.
    """
    offered = tuple(languages)
    for wanted in _preferred(accept):
        if wanted == "*" and offered:
            return offered[0]
        for alike in (str, _base):
            for language in offered:
                if alike(_plain(language)) == alike(wanted):
                    return language
    return None


def checked_languages(given: Iterable[str]) -> tuple[str, ...]:
    """Return the languages that a host serves.

    Raises:
        InvalidInput: one is no language tag.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidInput("languages", "several language tags are expected, such as ['en', 'de']")
    return tuple(map(checked_language, given))


def _preferred(accept: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in accept.split(","):
        name, _, parameter = part.partition(";")
        weight = parameter.strip().removeprefix("q=") if parameter else "1"
        if name.strip() and _is_weight(weight) and float(weight) > 0:
            weighted.append((float(weight), _plain(name.strip())))
    return [name for _, name in sorted(weighted, key=lambda each: -each[0])]


def _is_weight(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal() and text.isascii()


def _plain(tag: str) -> str:
    return tag.lower().replace("_", "-")


def _base(tag: str) -> str:
    return tag.partition("-")[0]
