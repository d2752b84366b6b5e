"""To whom objects belonged that are gone: the host's ``PARENTS`` is asked before they are deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Final

from activitylog import Ref
from activitylog.belonging import ancestors

__all__ = ["Above", "above", "known_parents", "remembering"]

Above = Mapping[Ref, Iterable[Any]]
"""Refs with all that they belong to, level by level."""

_known: Final[ContextVar[Above]] = ContextVar("activitylog_django_parents", default=MappingProxyType({}))


def remembering(parents: Callable[[Collection[Ref]], Any]) -> Callable[[Collection[Ref]], Any]:
    """Return the host's function, which is not asked for what is known."""

    def asked(refs: Collection[Ref]) -> Any:
        known = {ref: _known.get()[ref] for ref in refs if ref in _known.get()}
        rest = tuple(ref for ref in refs if ref not in known)
        found = parents(rest) if rest else {}
        return {**found, **known} if known and isinstance(found, Mapping) else found

    return asked


@contextmanager
def known_parents(known: Above) -> Iterator[None]:
    """Let these refs belong to what they belonged to."""
    token = _known.set(known)
    try:
        yield
    finally:
        _known.reset(token)


def above(parents: Callable[[Collection[Ref]], Any], subjects: Iterable[Ref]) -> Above:
    """Return to whom subjects belong now, as it is to be known later."""
    listed = tuple(subjects)
    found = ancestors(parents, listed)
    ends = (*listed, *(ref for each in found.values() for ref in each))  # all levels are told at once
    return {**dict.fromkeys(ends, ()), **found}
