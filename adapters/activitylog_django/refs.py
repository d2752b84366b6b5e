"""How objects of the host's models are named."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import models

from activitylog import Ref
from activitylog.errors import InvalidInput

__all__ = ["SubjectMixin", "kind_of", "ref_of"]

_LABEL_BYTES: Final = 500


def ref_of(thing: Any) -> Ref:
    """Return the ref of an object of a model: ``crm.contact``, its key, and what ``str`` says of it.

    Its own ``__activity_ref__`` comes first; refs and ``"kind:id"`` texts pass. A proxy model has the kind of the
    model it stands for. The parts of a composite key are joined by colons.

    Raises:
        InvalidInput: it is no object of a model, or is not saved yet.
    """
    cls = thing.__class__  # of a lazy object, such as request.user, that of what it stands for
    if isinstance(thing, Ref | str) or hasattr(type(thing), "__activity_ref__"):
        return Ref.of(thing)
    if hasattr(cls, "__activity_ref__"):
        return Ref.of(cls.__activity_ref__(thing))
    return ref_of_model(thing)


def ref_of_model(thing: Any) -> Ref:
    """Return the ref of an object of a model, whatever it says itself."""
    if not isinstance(thing, models.Model):
        raise InvalidInput("ref", f"an object of a model is expected, not {type(thing).__name__}")
    if thing.pk is None or (isinstance(thing.pk, tuple) and None in thing.pk):
        raise InvalidInput("ref", f"this {thing._meta.model_name} has no key yet: save it first")
    return Ref(kind_of(thing.__class__), id_of(thing.pk), label_of(thing))


def kind_of(model: Any) -> str:
    """Return the kind of refs to objects of a model, such as ``crm.contact``."""
    kind: str = model._meta.concrete_model._meta.label_lower  # Django documents _meta
    return kind


def id_of(key: Any) -> str | int | UUID:
    """Return the id in a ref of a primary key."""
    if isinstance(key, tuple):
        return ":".join(str(part).replace("%", "%25").replace(":", "%3A") for part in key)
    return key if isinstance(key, int | str | UUID) else str(key)


def label_of(thing: Any) -> str:
    """Return what ``str`` says, so that it can be a label."""
    told = str(thing).replace("\0", "").encode(errors="replace")
    return told[:_LABEL_BYTES].decode(errors="ignore")


def names_itself(model: Any) -> bool:
    """Tell whether the host's own ``__activity_ref__`` names objects of a model."""
    return getattr(model, "__activity_ref__", SubjectMixin.__activity_ref__) is not SubjectMixin.__activity_ref__


class SubjectMixin:
    """Lets objects of a model be given to a log as they are: ``log.record("call", contact)``.

    ``@track`` does so too. They also record and show their own timeline, in the log of the site.
    """

    def __activity_ref__(self) -> Ref:
        """Return the ref of this object."""
        return ref_of_model(self)

    def record_activity(self, what: Any, *others: Any, **fields: Any) -> Any:
        """Record an activity about this object, and others; see ``ActivityLog.record``."""
        from activitylog_django.log import get_log

        return get_log().record(what, self, *map(ref_of, others), **fields)

    def timeline(self) -> Any:
        """Return the timeline of this object, as trusted code sees it."""
        from activitylog_django.log import get_log

        return get_log().timeline(self)
