"""Records what a host's sessions do to tracked classes, within the flush that does it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from attrs import define, frozen
from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper, Session, UOWTransaction, object_session, scoped_session, sessionmaker

from activitylog import ActivityLog, Draft, HasRef, Ref
from activitylog.errors import InvalidInput
from activitylog.limits import CODE, checked_text
from activitylog.scope import surroundings
from activitylog_sql._models import model_ref
from activitylog_sql._tracked import (
    Difference,
    Find,
    TrackedFields,
    finder,
    fitting,
    remember_old_values,
    tracked_fields,
)

__all__ = ["track_changes"]

Subject = Callable[[Any], Any]
LogOf = ActivityLog | Callable[[Session], ActivityLog] | None


def track_changes(
    sessions: Any,
    *models: type[Any],
    log: LogOf = None,
    fields: Collection[str] | None = None,
    exclude: Collection[str] = (),
    mask: Collection[str] = (),
    subject: Subject | None = None,
    type: str = "record",
) -> None:
    """Record what these sessions create, change and delete of these classes, and of classes that inherit from them.

    It is recorded at the end of each flush, in one batch and in the session's own transaction: what is rolled back was
    never recorded. Entries are of the types ``record.created``, ``record.changed`` and ``record.deleted`` and hold
    values field by field. Where a relationship leads to one object, that one's name is told instead of its key; of a
    collection, what went and what came. Statements that name no object, such as ``session.execute(update(…))``, are not
    seen.

    Args:
        sessions: a ``sessionmaker``, a ``scoped_session``, a ``Session`` or class of sessions, an ``AsyncSession``.
        models: the classes; call it when all classes are defined.
        log: the log, which has to lie in the session's database; or a function from a session to a log, which is used
            as it is; by default the scope's.
        fields: names of columns and relationships; by default all but the primary key, binary contents and
            one-to-many relationships.
        exclude: of these fields, those that are not tracked.
        mask: of these fields, those of which only that they changed is kept.
        subject: from an object to what its entries are about: one or several refs or objects, which then have it as
            their source; by default, and where it gives nothing, the object itself, as ``model_ref``.
        type: the first part of the types' names; others than ``record`` have to be declared.

    A later call for the same sessions and class takes the place of an earlier one.

    Raises:
        InvalidInput: a value does not fit.
    """
    target = _target(sessions)
    _check("log", log, ActivityLog)
    _check("subject", subject)
    wanted = None if fields is None else _names("fields", fields)
    options = (wanted, _names("exclude", exclude), _names("mask", mask))
    if not models:
        raise InvalidInput("models", "name a mapped class at least")
    tracked = {each: tracked_fields(each, *options) for model in models for each in _family(model)}
    tracker = _Tracker(tracked, subject, checked_text("type", type, CODE, required=True), log)
    earlier = _trackers.setdefault(target, [])
    for tracker_before in earlier:
        tracker_before.leave(tracked)
    earlier.append(tracker)
    for model in models:
        event.listen(model, "after_insert", tracker.inserted, propagate=True)
        event.listen(model, "after_update", tracker.updated, propagate=True)
        event.listen(model, "before_delete", tracker.deleting, propagate=True)
    for model, seen in tracked.items():
        remember_old_values(model, seen.fields)
    event.listen(target, "before_flush", tracker.begin)
    event.listen(target, "after_flush", tracker.end)


@frozen
class _Seen:
    """What a flush did to an object: the draft is made once all is written, but of what is gone, before."""

    action: str
    thing: Any
    draft: Draft | None = None


@define(eq=False)
class _Tracker:
    """Notes what a flush does to objects, and records it in its end."""

    _tracked: dict[type[Any], TrackedFields]
    _subject: Subject | None
    _noun: str
    _log: LogOf

    def leave(self, models: Iterable[type[Any]]) -> None:
        """Track these no more: what is said of them now takes the place of what was said before."""
        for model in models:
            self._tracked.pop(model, None)

    def begin(self, session: Session, *_: Any) -> None:
        session.info[self] = {}

    def inserted(self, _: Mapper[Any], __: Any, thing: Any) -> None:
        self._note(_Seen("created", thing))

    def updated(self, _: Mapper[Any], __: Any, thing: Any) -> None:
        self._note(_Seen("changed", thing))

    def deleting(self, _: Mapper[Any], __: Any, thing: Any) -> None:
        session, tracked = object_session(thing), self._fields(thing)
        if session is not None and tracked is not None and self in session.info:
            values = {each.name: (each.value(thing, session.get), None) for each in tracked.fields}
            self._note(_Seen("deleted", thing, self._draft("deleted", thing, values, tracked)))

    def end(self, session: Session, _: UOWTransaction) -> None:
        seen: dict[int, _Seen] = session.info.pop(self, {})
        if not seen:
            return
        find = finder(session)
        drafts = [draft for each in seen.values() if (draft := each.draft or self._made(each, find)) is not None]
        if drafts:
            self._log_of(session).record_many(drafts)

    def _note(self, seen: _Seen) -> None:
        session = object_session(seen.thing)
        if session is not None and self in session.info:
            session.info[self].setdefault(id(seen.thing), seen)  # of a class and its base, both named, it comes twice

    def _fields(self, thing: Any) -> TrackedFields | None:
        return next((self._tracked[each] for each in type(thing).__mro__ if each in self._tracked), None)

    def _made(self, seen: _Seen, find: Find) -> Draft | None:
        thing, tracked = seen.thing, self._fields(seen.thing)
        if tracked is None:
            return None
        if seen.action == "created":
            made = {each.name: each.value(thing, find) for each in tracked.fields}
            values = {name: (None, value) for name, value in made.items() if value not in (None, "")}
        else:
            found = ((each.name, each.difference(thing, find)) for each in tracked.fields)
            values = {name: both for name, both in found if both is not None}
            if not values:
                return None
        return self._draft(seen.action, thing, values, tracked)

    def _draft(self, action: str, thing: Any, values: Mapping[str, Difference], tracked: TrackedFields) -> Draft | None:
        """Return what is to be recorded; that something came or went is told without any values too."""
        own = model_ref(thing)
        about = self._about(thing) or (own,)
        name, source = f"{self._noun}.{action}", own if about != (own,) else None
        before, after = (fitting({name: both[side] for name, both in values.items()}) for side in (0, 1))
        draft = Draft.change(*about, before=before, after=after, type=name, mask=tracked.masked, source=source)
        return draft if draft is not None or action == "changed" else Draft(name, *about, source=source)

    def _about(self, thing: Any) -> tuple[Ref, ...]:
        found: Any = None if self._subject is None else self._subject(thing)
        if found is None:
            return ()
        single = isinstance(found, str | Ref | HasRef) or inspect(found, raiseerr=False) is not None
        things = (found,) if single else found
        return tuple(Ref.of(each) if isinstance(each, str | Ref) else model_ref(each) for each in things)

    def _log_of(self, session: Session) -> ActivityLog:
        if self._log is not None and not isinstance(self._log, ActivityLog):
            return self._log(session)
        log = self._log or surroundings().log
        if log is None:
            raise InvalidInput("log", "no scope names one: use scope(log=…), or give track_changes() one")
        return log.bound_to(session)


_trackers: Final[WeakKeyDictionary[Any, list[_Tracker]]] = WeakKeyDictionary()
"""By what makes the sessions."""


def _target(sessions: Any) -> Any:
    """Return what SQLAlchemy can listen to."""
    found = getattr(sessions, "sync_session", sessions)  # of an AsyncSession
    found = found.session_factory if isinstance(found, scoped_session) else found
    if isinstance(found, sessionmaker | Session) or (isinstance(found, type) and issubclass(found, Session)):
        return found
    raise InvalidInput(
        "sessions",
        f"a sessionmaker, a scoped_session, a Session or an AsyncSession is expected, not {type(found).__name__}; "
        "of an async_sessionmaker give its sync_session_class",
    )


def _family(model: Any) -> Iterator[type[Any]]:
    mapper = inspect(model, raiseerr=False)
    if not isinstance(mapper, Mapper):
        raise InvalidInput(
            "models", f"a mapped class is expected, not {getattr(model, '__name__', type(model).__name__)}"
        )
    return (each.class_ for each in mapper.self_and_descendants)


def _names(option: str, given: Any) -> tuple[str, ...]:
    listed = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
    if not all(isinstance(name, str) for name in listed):
        raise InvalidInput(option, "names of columns and relationships are expected")
    return listed


def _check(option: str, given: Any, *kinds: type[Any]) -> None:
    if given is not None and not callable(given) and not isinstance(given, kinds):
        wanted = " or ".join(["a function", *(f"an {kind.__name__}" for kind in kinds)])
        raise InvalidInput(option, f"{wanted} is expected, not {type(given).__name__}")
