"""``@track``: what happens to the objects of a model is recorded by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import models, router
from django.db.models import signals

from activitylog import Ref
from activitylog.errors import InvalidInput
from activitylog_django import relations, states
from activitylog_django.recording import batched, belonging, record, together
from activitylog_django.refs import SubjectMixin
from activitylog_django.tracked import OPTIONS, Options, Tracking

__all__ = ["track"]

_M = TypeVar("_M", bound=type)
_PART: Final = "_activitylog_part"
_ABOVE: Final = "_activitylog_above"
_PARENTHESES: Final = "@track stands above a model, with parentheses: @track()"


def track(
    _model: None = None,
    /,
    *,
    fields: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    mask: Iterable[str] = (),
    subject: str | Callable[[Any], Any] | None = None,
    type: str = "record",
) -> Callable[[_M], _M]:
    """Return a decorator of models: that objects are created, changed and deleted is recorded, in the same transaction.

    A change holds old and new values as people know them. Models that are derived from the model, and proxies of it,
    are tracked like it. ``loaddata`` records nothing, nor does what passes by the objects, such as the plain
    ``QuerySet.update``: ``TrackedQuerySet`` records that. Objects can be given to a log as they are.

    Args:
        fields: names of fields, also many-to-many; by default all but those with ``auto_now``.
        exclude: of these fields, those that are not tracked.
        mask: of these fields, those of which only that they changed is kept; ``password`` always is.
        subject: whom entries are about: the name of a foreign key, or a function of the object that gives one or
            several things; then the object is their source. By default the object itself.
        type: the noun of the types: ``contact`` records ``contact.created``, ``contact.changed`` and
            ``contact.deleted``, which have to be declared. The core has ``record``.

    Raises:
        ImproperlyConfigured: a name is no field of the model, or it is no model.
    """
    if _model is not None:
        raise ImproperlyConfigured(_PARENTHESES)
    options = Options(fields=fields, exclude=exclude, mask=mask, subject=subject, type=_noun(type))

    def decorate(model: _M) -> _M:
        if not (isinstance(model, models.base.ModelBase)):
            raise ImproperlyConfigured(_PARENTHESES)
        options.check(model)
        _install(model, options)
        return model

    return decorate


def _noun(given: Any) -> str:
    try:
        return Ref(given, "1").kind
    except InvalidInput as error:
        raise ImproperlyConfigured(f"@track: type is the noun of types, such as 'contact': {error.reason}") from error


def _install(model: Any, options: Options) -> None:
    repeated = hasattr(model, OPTIONS)
    setattr(model, OPTIONS, options)
    Tracking.of.cache_clear()
    if not hasattr(model, "__activity_ref__"):
        model.__activity_ref__ = SubjectMixin.__activity_ref__
    if not repeated:
        _wrap(model)
    if not model._meta.abstract:
        _connect(model)


def _wrap(model: Any) -> None:
    """Wrap what reads, saves and deletes objects."""
    from_db, refresh, save_base, delete = (
        model.from_db.__func__,
        model.refresh_from_db,
        model.save_base,
        model.delete,
    )

    @wraps(from_db)
    def from_db_and_remember(cls: Any, *given: Any, **named: Any) -> Any:
        thing = from_db(cls, *given, **named)
        states.remember(thing, _tracking(cls))
        return thing

    @wraps(refresh)
    def refresh_and_remember(self: Any, using: str | None = None, fields: Any = None, **named: Any) -> None:
        listed = None if fields is None else list(fields)
        refresh(self, using, listed, **named)
        states.remember(self, _tracking(self.__class__), listed)

    @wraps(save_base)
    def save_and_record(
        self: Any,
        raw: bool = False,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Any = None,
    ) -> None:
        using = using or router.db_for_write(self.__class__, instance=self)
        with together(using):
            if not raw and _may_overwrite(self, force_insert):
                states.read_missing(self, _tracking(self.__class__), update_fields, using)
            save_base(
                self,
                raw=raw,
                force_insert=force_insert,
                force_update=force_update,
                using=using,
                update_fields=update_fields,
            )

    @wraps(delete)
    def delete_and_record(self: Any, using: str | None = None, keep_parents: bool = False) -> Any:
        using = using or router.db_for_write(self.__class__, instance=self)
        with batched(using):
            return delete(self, using=using, keep_parents=keep_parents)

    delete_and_record.alters_data = True  # type: ignore[attr-defined] # templates must not call it
    model.from_db = classmethod(from_db_and_remember)
    model.refresh_from_db = refresh_and_remember
    model.save_base = save_and_record
    model.delete = delete_and_record


def _may_overwrite(thing: Any, force_insert: Any) -> bool:
    """Tell whether a save may find a row there already; as Django, which does not look where a key was made anew."""
    if force_insert or thing.pk is None:
        return False
    key = thing._meta.pk
    makes_keys = key.has_default() or getattr(key, "has_db_default", bool)()
    return not (thing._state.adding and makes_keys)


def _connect(model: Any) -> None:
    signals.post_save.connect(_saved, sender=model, dispatch_uid="activitylog")
    signals.pre_delete.connect(_about_to_delete, sender=model, dispatch_uid="activitylog")
    signals.post_delete.connect(_deleted, sender=model, dispatch_uid="activitylog")


def _prepared(sender: Any, **_: Any) -> None:
    """Connect a model that is derived from a tracked one."""
    if hasattr(sender, OPTIONS) and not sender._meta.abstract:
        _connect(sender)


relations.connect()
signals.class_prepared.connect(_prepared, dispatch_uid="activitylog")


def _tracking(model: Any) -> Tracking:
    found = Tracking.of(model)
    if found is None:
        raise ImproperlyConfigured(f"{model.__name__} is not tracked")
    return found


def _saved(sender: Any, instance: Any, created: bool, raw: bool, using: str, update_fields: Any, **_: Any) -> None:
    tracking = _tracking(sender)
    if not raw:
        draft = (
            states.created(instance, tracking, using)
            if created
            else states.changed(instance, tracking, update_fields, using)
        )
        record([] if draft is None else [draft], using)
    states.remember(instance, tracking, None if created else update_fields)


def _about_to_delete(sender: Any, instance: Any, using: str, **_: Any) -> None:
    """Ask to whom the object belongs, and mark what Django deletes as objects of their own, and is a part of it."""
    if not instance.__dict__.get(_PART):
        instance.__dict__[_ABOVE] = belonging(lambda: _tracking(sender).whom(instance)["subjects"], using)
    for link in sender._meta.parents.values():
        if link is not None:
            getattr(instance, link.name).__dict__[_PART] = True


def _deleted(sender: Any, instance: Any, using: str, **_: Any) -> None:
    above = instance.__dict__.pop(_ABOVE, {})
    if not instance.__dict__.get(_PART):
        record([states.deleted(instance, _tracking(sender))], using, above)
