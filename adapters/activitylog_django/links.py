"""Links to the host's pages: where a model says where its objects are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError

from activitylog import Link
from activitylog_django.refs import id_of, kind_of, label_of, names_itself

__all__ = ["resolvers"]

Resolver = Callable[[tuple[str, ...]], Mapping[Any, Link]]


def resolvers(given: Mapping[str, Resolver]) -> Iterator[tuple[str, Resolver]]:
    """Give the host's resolvers by kind, and one for each other model that has ``get_absolute_url``."""
    yield from given.items()
    for model in apps.get_models():
        plain = not model._meta.proxy and not names_itself(model) and kind_of(model) not in given
        if plain and hasattr(model, "get_absolute_url"):
            yield kind_of(model), partial(_links, model)


def _links(model: Any, ids: Iterable[str]) -> dict[str, Link]:
    """Return the links of objects, read by one query; those that are gone have none."""
    keys = [key for key in map(partial(_key, model), ids) if key is not None]
    found = model._base_manager.filter(pk__in=keys)  # default managers may hide some
    return {str(id_of(thing.pk)): Link(label_of(thing), thing.get_absolute_url()) for thing in found}


def _key(model: Any, id: str) -> Any:
    try:
        return model._meta.pk.to_python(id)
    except ValidationError:  # an id of something else, which has no such object
        return None
