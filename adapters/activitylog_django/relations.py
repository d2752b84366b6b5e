"""Many-to-many fields of tracked models: what was added and what was taken away."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from django.db.models.signals import m2m_changed

from activitylog import Draft
from activitylog_django.recording import record
from activitylog_django.tracked import Tracking, listed

__all__ = ["connect"]

_CLEARING: Final = "_activitylog_clearing"


def connect() -> None:
    """Look at every change of a many-to-many field: which of them are tracked is known late."""
    m2m_changed.connect(_changed, dispatch_uid="activitylog")


def _changed(
    sender: Any, instance: Any, action: str, reverse: bool, model: Any, pk_set: Any, using: str, **_: Any
) -> None:
    owner: Any = model if reverse else type(instance)
    tracking = Tracking.of(owner)
    relation = None if tracking is None else _relation(tracking, sender)
    if tracking is None or relation is None:
        return
    if action == "pre_clear":
        instance.__dict__[_CLEARING] = _all(relation, instance, reverse, using)
        return
    if action == "post_clear":
        others = instance.__dict__.pop(_CLEARING, [])
    elif action in ("post_add", "post_remove"):
        others = list(model._base_manager.using(using).filter(pk__in=pk_set))
    else:
        return
    pairs = [(other, [instance]) for other in others] if reverse else [(instance, others)] if others else []
    record([_draft(tracking, relation, owner, named, action == "post_add") for owner, named in pairs], using)


def _relation(tracking: Tracking, through: Any) -> Any:
    return next((each for each in tracking.many if each.remote_field.through is through), None)


def _all(relation: Any, instance: Any, reverse: bool, using: str) -> list[Any]:
    """Return all that the relation leads to now, which are about to be cleared."""
    if reverse:
        return list(relation.model._base_manager.using(using).filter(**{relation.name: instance}))
    return list(getattr(instance, relation.name).using(using))


def _draft(tracking: Tracking, relation: Any, thing: Any, others: Iterable[Any], added: bool) -> Draft:
    """Return the draft which says what came to a relation, as new, or went from it, as old."""
    masked = relation.name in tracking.masked
    named: Collection[Any] = [True] if masked else listed(others)
    whom = tracking.whom(thing)
    draft = Draft.change(
        *whom["subjects"],
        before={} if added else {relation.name: named},
        after={relation.name: named} if added else {},
        type=tracking.types[1],
        mask=tracking.masked,
        source=whom["source"],
    )
    assert draft is not None  # noqa: S101 -- something is named
    return draft
