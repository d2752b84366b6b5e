"""Resolvers: the host's functions that know the present label and the URL of what refs name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from activitylog.activity import Activity, Link
from activitylog.errors import InvalidInput
from activitylog.refs import Ref, RefLike

__all__ = ["Resolver", "Resolvers"]

Resolver = Callable[[tuple[str, ...]], Mapping[Any, Link]]
"""The host's function for one kind: from ids to links, by id; ids that it leaves out keep their labels."""


class Resolvers:
    """The resolvers of a log, one per kind."""

    def __init__(self) -> None:
        self._by_kind: dict[str, Resolver] = {}

    def add(self, kind: str, resolver: Resolver) -> None:
        """Take the resolver of a kind.

        Raises:
            InvalidInput: the kind has one already.
        """
        if kind in self._by_kind:
            raise InvalidInput("kind", f"{kind!r} has a resolver already")
        self._by_kind[kind] = resolver

    def resolve(self, things: Iterable[RefLike | Activity], known: Callable[[str], bool]) -> dict[Ref, Link]:
        """Return the link of each ref; each resolver is asked once, for those that are ``known`` to who asks.

        What an activity names is known to whoever has read it.
        """
        named: dict[Ref, Link] = {}
        read: set[Ref] = set()
        for thing in things:
            refs = _named_by(thing) if isinstance(thing, Activity) else (Ref.of(thing),)
            named.update((ref, Link(ref.label or str(ref))) for ref in refs if ref.label or ref not in named)
            read.update(refs if isinstance(thing, Activity) else ())
        return self._resolved(named, lambda ref: ref in read or known(str(ref)))

    def _resolved(self, found: dict[Ref, Link], known: Callable[[Ref], bool]) -> dict[Ref, Link]:
        by_kind: defaultdict[str, dict[str, Ref]] = defaultdict(dict)
        for ref in found:
            if ref.kind in self._by_kind and known(ref):
                by_kind[ref.kind][ref.id] = ref
        for kind, refs in by_kind.items():
            for id, link in self._by_kind[kind](tuple(refs)).items():
                if str(id) in refs:
                    found[refs[str(id)]] = link
        return found


def _named_by(activity: Activity) -> tuple[Ref, ...]:
    by = activity.actor
    named = (by and by.ref, by and by.behalf, activity.source, activity.assignee)
    return (*(ref for ref in named if ref), *activity.subjects, *activity.parents)
