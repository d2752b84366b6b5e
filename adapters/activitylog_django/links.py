"""Links to the host's pages: where a model says where its objects are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model, prefetch_related_objects

from activitylog import Link, Ref
from activitylog_django.refs import id_of, kind_of, label_of, names_itself, ref_of

__all__ = ["at_hand", "resolvers"]

_at_hand: Final[ContextVar[Mapping[Ref, Any]]] = ContextVar("activitylog_django_at_hand", default=MappingProxyType({}))

Resolver = Callable[[tuple[str, ...]], Mapping[Any, Link]]


def resolvers(given: Mapping[str, Resolver]) -> Iterator[tuple[str, Resolver]]:
    """Give the host's resolvers by kind, and one for each other model that has ``get_absolute_url``."""
    yield from given.items()
    for model in apps.get_models():
        plain = not model._meta.proxy and not names_itself(model) and kind_of(model) not in given
        if plain and hasattr(model, "get_absolute_url"):
            yield kind_of(model), partial(_links, model)


@contextmanager
def at_hand(things: Iterable[Any]) -> Iterator[None]:
    """Let links within be made of these objects without reading them again."""
    outer = _at_hand.get()
    _at_hand.set({**outer, **{ref_of(thing): thing for thing in things if isinstance(thing, Model)}})
    try:
        yield
    finally:
        _at_hand.set(outer)


def _links(model: Any, ids: Iterable[str]) -> dict[str, Link]:
    """Return the links of objects, those that are not at hand read by one query; those that are gone have none."""
    refs = {id: Ref(kind_of(model), id) for id in ids}
    found = [_at_hand.get()[ref] for ref in refs.values() if ref in _at_hand.get()]
    keys = [_key(model, id) for id, ref in refs.items() if ref not in _at_hand.get()]
    wanted = [key for key in keys if key is not None]
    if wanted:
        found.extend(_read(model, wanted))
    return {str(id_of(thing.pk)): _link(thing) for thing in found}


def _read(model: Any, keys: list[Any]) -> list[Any]:
    found = list(model._base_manager.filter(pk__in=keys))  # default managers may hide some
    if len(found) > 1:
        _link(found[0])  # shows which relations the links follow: those are read for all at once
        prefetch_related_objects(found, *found[0]._state.fields_cache)
    return found


def _link(thing: Any) -> Link:
    return Link(label_of(thing), thing.get_absolute_url())


def _key(model: Any, id: str) -> Any:
    try:
        key = model._meta.pk.to_python(id)
    except ValidationError:  # an id of something else, which has no such object
        return None
    return None if isinstance(key, int) and not -(2**63) <= key < 2**63 else key  # nor does any database know it
