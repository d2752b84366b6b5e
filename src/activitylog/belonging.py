"""To whom subjects belong: the host's parents, level by level."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

from activitylog.errors import InvalidInput
from activitylog.refs import Ref, RefLike, refs

__all__ = ["Parents", "ancestors"]

Parents = Callable[[Collection[Ref]], Mapping[Ref, Iterable[RefLike]]]
"""The host's function: for some refs, the direct parents of those that have any."""

LEVELS: Final = 3


def ancestors(parents: Parents | None, subjects: Iterable[Ref]) -> Mapping[Ref, list[Ref]]:
    """Return all parents of each subject up to three levels; the host is asked once per level, with all refs.

    Raises:
        InvalidInput: the host's function gives something that names nothing.
    """
    if parents is None:
        return {}
    asked = dict.fromkeys(subjects)
    direct: dict[Ref, tuple[Ref, ...]] = {}
    frontier = list(asked)
    for _ in range(LEVELS):
        if not frontier:
            break
        answer = parents(tuple(frontier))
        if not isinstance(answer, Mapping):
            raise InvalidInput("parents", f"the function must give a mapping, not {type(answer).__name__}")
        direct.update({refs("parents", ref)[0]: refs("parents", found) for ref, found in answer.items()})
        frontier = [ref for ref in _next(direct, frontier) if ref not in direct and ref not in asked]
    return {subject: _above(subject, direct) for subject in asked if direct.get(subject)}


def _next(direct: Mapping[Ref, tuple[Ref, ...]], frontier: Iterable[Ref]) -> Iterable[Ref]:
    return dict.fromkeys(parent for ref in frontier for parent in direct.get(ref, ()))


def _above(subject: Ref, direct: Mapping[Ref, tuple[Ref, ...]]) -> list[Ref]:
    found: dict[Ref, None] = {}
    level: Iterable[Ref] = (subject,)
    for _ in range(LEVELS):
        level = [ref for ref in _next(direct, level) if ref not in found and ref != subject]
        found.update(dict.fromkeys(level))
    return list(found)
