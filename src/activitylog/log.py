"""The activity log: the one object that a host makes, and asks for everything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar, Unpack

from activitylog import handling, signals
from activitylog.activity import Activity, ActivityLike, Link
from activitylog.actors import checked_actor
from activitylog.audiences import Audiences
from activitylog.belonging import Parents
from activitylog.call import Call, Settings
from activitylog.cursors import Keys
from activitylog.draft import ChangeFields, Draft, DraftFields, checked_id, checked_tags, drafted
from activitylog.errors import InvalidInput, TooManySubjects
from activitylog.filters import Selection
from activitylog.language import checked_language
from activitylog.limits import CODE, TIMELINE_SUBJECTS_MAX, checked_text
from activitylog.refs import Ref, RefLike, principals, refs
from activitylog.resolvers import Resolver, Resolvers
from activitylog.revisions import Revision, history
from activitylog.scope import NOTHING, ActorSource, Provider, surroundings
from activitylog.storage import Storage
from activitylog.storage.discovery import open_storage
from activitylog.timeline import Timeline
from activitylog.times import Clock, When, instant, now, zone
from activitylog.transactions import OpenTransaction
from activitylog.types import TypeRegistry
from activitylog.viewers import Door, Viewer
from activitylog.writing import record_all, unrecorded

__all__ = ["ActivityLog"]

_R = TypeVar("_R", bound=Resolver)
_F = TypeVar("_F", bound=Callable[..., Draft | Iterable[Draft] | None])

# By the identity of a store: the transaction that was last begun on it in this context. And the bases that are paused.
_transactions: Final[ContextVar[MappingProxyType[int, OpenTransaction]]] = ContextVar(
    "activitylog_transactions", default=MappingProxyType({})
)
_paused: Final[ContextVar[frozenset[int]]] = ContextVar("activitylog_paused", default=frozenset())


class ActivityLog:
    """Records activities and reads timelines, in one store.

    Methods do I/O, properties do not. Safe from several threads. The store is opened, and on SQLite created, when it
    is first used.

    Args:
        store: a URL (``sqlite:///crm.db``, ``memory://``), a SQLAlchemy engine of the host's, or a ``Storage``.
        types: the declared types; by default only the core's own.
        actor: who acts where no argument and no scope says so, or a function that knows; by default nobody.
        tenant: the tenant where no scope names one.
        parents: the host's function from refs to the refs they belong to; see ``Parents``.
        language: of texts, where no scope names one.
        tz: the zone in which a date begins, and of counts; a name or a tzinfo.
        on_unavailable: ``raise``, or ``log``: where the store cannot be reached, ``record`` logs that, sends
            ``signals.lost`` and returns the activity unrecorded.
        cursor_key: the secret that authenticates page tokens; by default one is made and kept in the store.
        clock: gives the present time, for tests.

    Raises:
        InvalidInput: an argument does not fit.
        MissingExtra: the store's driver is not installed.
    """

    def __init__(
        self,
        store: str | Storage | Any,
        *,
        types: TypeRegistry | None = None,
        actor: ActorSource | None = None,
        tenant: str = "default",
        parents: Parents | None = None,
        language: str = "en",
        tz: Any = "UTC",
        on_unavailable: Literal["raise", "log"] = "raise",
        cursor_key: str | bytes | None = None,
        clock: Clock | None = None,
    ) -> None:
        if on_unavailable not in ("raise", "log"):
            raise InvalidInput("on_unavailable", f"{on_unavailable!r} is neither 'raise' nor 'log'")
        if types is not None and not isinstance(types, TypeRegistry):
            raise InvalidInput("types", f"a TypeRegistry is expected, not {type(types).__name__}")
        for name, function in (("parents", parents), ("clock", clock)):
            if function is not None and not callable(function):
                raise InvalidInput(name, f"a function is expected, not {type(function).__name__}")
        self._settings = Settings(
            types=TypeRegistry() if types is None else types,
            actor=actor if callable(actor) else checked_actor(actor),
            tenant=checked_text("tenant", tenant, CODE, required=True),
            parents=parents,
            language=checked_language(language),
            tz=zone(tz),
            on_unavailable=on_unavailable,
            clock=now if clock is None else clock,
        )
        self._storage = open_storage(store)
        self._base = self
        self._audiences = Audiences()
        self._keys = Keys(cursor_key)
        self._resolvers = Resolvers()
        self._providers: list[Provider] = []

    # -- recording ------------------------------------------------------------------------------------------------

    def record(self, what: Any, *subjects: RefLike, **fields: Unpack[DraftFields]) -> Activity:
        """Record one activity and return it; ``created`` tells whether it was there before.

        ``what`` is the name of a type, an instance of a type's data class, or a ``Draft`` (then nothing else is
        given); subjects and fields as ``Draft``.

        Raises:
            InvalidInput, UnknownType, TooManySubjects: a value does not fit; nothing was written.
            IdempotencyConflict: the key is known with other content.
            Refused: a receiver of ``signals.recording`` refused it.
            StorageError: the store failed; ``drafts`` of the error can be recorded again.
        """
        call = self._call()
        if isinstance(what, Draft):
            if subjects or fields:
                raise InvalidInput("what", "a Draft says everything itself: change it by draft.replace(…)")
            return self._record(call, [what])[0]
        return self._record(call, [drafted(what, subjects, fields, made_at=call.now)])[0]

    def record_many(self, drafts: Iterable[Draft]) -> Sequence[Activity]:
        """Record drafts as one atomic batch, and return an activity for each, in their order.

        Raises:
            As ``record``; the error of one draft names its place, and nothing of the batch was written.
        """
        if isinstance(drafts, Draft) or not isinstance(drafts, Iterable):
            raise InvalidInput("drafts", f"several drafts are expected, not a {type(drafts).__name__}")
        listed = list(drafts)
        return self._record(self._call(), listed) if listed else []

    def record_change(
        self,
        *subjects: RefLike,
        before: object,
        after: object,
        type: str = "record.changed",
        ignore: Collection[str] = (),
        **fields: Unpack[ChangeFields],
    ) -> Activity | None:
        """Record what differs between two states of a thing, field by field, or nothing (None) where nothing does.

        ``before`` and ``after`` are mappings (also nested), attrs objects or dataclasses; None is an empty one.
        ``ignore`` names fields or dotted paths to leave out. Of the type's ``secret`` fields only that they changed
        is kept.

        Raises:
            As ``record``.
        """
        draft = Draft.change(*subjects, before=before, after=after, type=type, ignore=ignore, **fields)
        return None if draft is None else self.record(draft)

    # -- one entry ------------------------------------------------------------------------------------------------

    def get(self, a: ActivityLike) -> Activity:
        """Return an activity as it is now, also a deleted or archived one.

        Raises:
            ActivityNotFound: there is none of this id in the tenant.
        """
        call = self._call()
        return call.activity(call.stored(checked_id("a", a)))

    def edit(
        self, a: ActivityLike, *, version: int | None = None, comment: str = "", **fields: Unpack[handling.Editable]
    ) -> Activity:
        """Change facts of a manual entry, and return the new version; the old one is kept.

        Given an ``Activity``, its version must still be the stored one; given an id, only where ``version`` says so.

        Raises:
            StaleVersion: the entry was changed meanwhile; ``current`` is what is stored.
            Immutable: it is a system entry, or deleted.
            ActivityNotFound, InvalidInput: there is none, or a value does not fit.
        """
        call = self._call()
        step = handling.edited(call, fields)
        expected = handling.expected_version(a, version)
        return handling.handle(call, a, "edited", step, comment=comment, signal=signals.edited, expected=expected)

    def delete(self, a: ActivityLike, *, comment: str = "") -> Activity:
        """Delete a manual entry, so that it can be restored.

        Raises:
            Immutable: it is a system entry.
        """
        call = self._call()
        return handling.handle(call, a, "deleted", handling.deleted(call), comment=comment, signal=signals.deleted)

    def restore(self, a: ActivityLike, *, comment: str = "") -> Activity:
        """Bring a deleted entry back."""
        call = self._call()
        return handling.handle(call, a, "restored", handling.restored(call), comment=comment, signal=signals.restored)

    def transition(self, a: ActivityLike, status: str, *, at: When | None = None, comment: str = "") -> Activity:
        """Lead an entry to another status; ``at`` is when that was, by default now.

        Raises:
            TransitionNotAllowed: the entry's type does not lead there; ``allowed`` says where it leads.
        """
        call = self._call()
        moment = None if at is None else instant("at", at, call.settings.tz)
        step = handling.transitioned(call, status)
        return handling.handle(call, a, "transitioned", step, comment=comment, signal=signals.transitioned, at=moment)

    def share(
        self,
        a: ActivityLike,
        *,
        readers: Iterable[RefLike] | RefLike | None = None,
        editors: Iterable[RefLike] | RefLike | None = None,
        comment: str = "",
    ) -> Activity:
        """Change who may see and edit an entry: refs, or ``"*"`` for everybody; None leaves it as it is."""
        step = handling.shared(
            None if readers is None else principals("readers", readers),
            None if editors is None else principals("editors", editors),
        )
        return handling.handle(self._call(), a, "shared", step, comment=comment)

    def tag(
        self, a: ActivityLike, *, add: Iterable[str] = (), remove: Iterable[str] = (), comment: str = ""
    ) -> Activity:
        """Add and remove tags; what is in both is added."""
        step = handling.tagged(checked_tags(add), checked_tags(remove))
        return handling.handle(self._call(), a, "tagged", step, comment=comment)

    def pin(self, a: ActivityLike, pinned: bool = True, *, comment: str = "") -> Activity:
        """Put an entry on top, or take it off."""
        action = "pinned" if pinned else "unpinned"
        return handling.handle(self._call(), a, action, handling.pinned(_flag("pinned", pinned)), comment=comment)

    def due(self, a: ActivityLike, when: When | None, *, comment: str = "") -> Activity:
        """Set until when an entry is to be done; None takes that away."""
        call = self._call()
        return handling.handle(call, a, "due", handling.due(call, when), comment=comment)

    def archive(self, a: ActivityLike, archived: bool = True, *, comment: str = "") -> Activity:
        """Take an entry out of the normal timeline, or bring it back."""
        call = self._call()
        action = "archived" if archived else "unarchived"
        return handling.handle(call, a, action, handling.archived(call, _flag("archived", archived)), comment=comment)

    def history(self, a: ActivityLike) -> Sequence[Revision]:
        """Return all revisions of an entry, the first one first: who, when, why, and what was before and after.

        Raises:
            ActivityNotFound: there is no such entry.
        """
        return history(self._call(), checked_id("a", a))

    # -- reading --------------------------------------------------------------------------------------------------

    def timeline(self, subject: RefLike, *subjects: RefLike) -> Timeline[Activity]:
        """Return the timeline of one or several subjects: what they are linked to as subject, parent or source.

        An entry of several of them comes once.

        Raises:
            InvalidInput, TooManySubjects: one names nothing, or there are more than 100.
        """
        asked = tuple(str(ref) for ref in refs("subjects", (subject, *subjects)))
        if len(asked) > TIMELINE_SUBJECTS_MAX:
            raise TooManySubjects("subjects", f"{len(asked)} are given, a timeline can have {TIMELINE_SUBJECTS_MAX}")
        return self._timeline(asked)

    def everything(self) -> Timeline[Activity]:
        """Return the timeline of the whole tenant."""
        return self._timeline(())

    def resolve(self, refs: Iterable[RefLike]) -> dict[Ref, Link]:
        """Return present labels and URLs of refs, by the resolvers; without one the label at the time, and no URL."""
        return self._resolvers.resolve(refs)

    # -- transactions ---------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[ActivityLog]:
        """Make all that this log writes within (in this thread and task) all or nothing; within another, a savepoint.

        Signals are sent after the commit. Tasks and threads that are started within have no part in it.

        Raises:
            NotAllowed: raised by what such a task or thread writes or reads before the end.
            Unsupported: the store has no transactions.
        """
        outer = _transactions.get()
        with self._store().transaction() as store:
            within = OpenTransaction(store)
            token = _transactions.set(MappingProxyType({**outer, id(self._storage): within}))
            try:
                yield self
            finally:
                within.ended = True
                _transactions.reset(token)

    def bound_to(self, handle: Any) -> ActivityLog:
        """Return a log that writes in the host's transaction: a SQLAlchemy ``Session`` or ``Connection``.

        What it records lives and dies with the host's data. Of a session, signals are sent after its outermost
        commit; of a connection, when the host calls ``committed()``.

        Raises:
            Unsupported: the handle is of another kind, or of another database.
        """
        return self._derived(self._storage.bound(handle))

    def committed(self) -> None:
        """Say, for a log bound to a bare connection, that the host's transaction is committed: signals are sent.

        Raises:
            Unsupported: the log is not bound to one.
        """
        self._storage.committed()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Record nothing within, in this thread or task; ``record`` checks its input and returns ``created=False``."""
        token = _paused.set(_paused.get() | {id(self._base)})
        try:
            yield
        finally:
            _paused.reset(token)

    # -- the host's program ---------------------------------------------------------------------------------------

    def on(self, signal: Any) -> Callable[[_F], _F]:
        """Return a decorator: what the function makes of the host's signal (blinker's or Django's) is recorded.

        The function is called as ``fn(sender, **kw)`` and returns a draft, several, or None. Its errors are the
        sender's: they reach who sent the signal.
        """
        if not callable(getattr(signal, "connect", None)):
            raise InvalidInput("signal", f"a signal of blinker's or Django's is expected, not {type(signal).__name__}")

        def connect(function: _F) -> _F:
            def receive(sender: Any = None, **kw: Any) -> None:
                made = function(sender, **kw)
                signals.refuse_awaitable(made)
                if made is not None:
                    self.record_many([made] if isinstance(made, Draft) else made)

            signal.connect(receive, weak=False)
            return function

        return connect

    def resolver(self, kind: str) -> Callable[[_R], _R]:
        """Return a decorator: the function knows the links of this kind, ``fn(ids) -> {id: Link}``."""

        def add(function: _R) -> _R:
            self._resolvers.add(kind, function)
            return function

        return add

    def provide(self, provider: Provider) -> None:
        """Ask this function for what no scope says: for adapters, which know the request."""
        self._providers.append(provider)

    @property
    def base(self) -> ActivityLog:
        """The log that this one is derived from, or itself: the sender of all signals."""
        return self._base

    @property
    def types(self) -> TypeRegistry:
        """The declared types."""
        return self._settings.types

    @property
    def storage(self) -> Storage:
        """The store, for import, export and tools; what is written there passes no check and sends no signal."""
        return self._store()

    def migrate(self, *, search_index: bool | None = None) -> None:
        """Create the store's schema, or bring it up to date; safe to repeat, and while others use the store.

        Args:
            search_index: True adds an index of words, to a filled store too; False removes it; None (the default)
                leaves it as it is. Searches find the same with it and without.

        Raises:
            Unsupported: the store has no search index.
            SchemaMismatch: the schema is newer than this library can serve.
        """
        self._storage.setup(search_index=search_index)

    def close(self) -> None:
        """Give back the store's connections; safe to repeat."""
        self._storage.close()

    # -- within ---------------------------------------------------------------------------------------------------

    def _store(self) -> Storage:
        within = _transactions.get().get(id(self._storage))
        return self._storage if within is None or within.ended else within.of_its_owner()

    def _call(self) -> Call:
        around = surroundings()
        for provider in self._providers:
            around = around.over(provider() or NOTHING)
        return Call(
            settings=self._settings,
            store=self._store(),
            sender=self._base,
            audiences=self._audiences,
            keys=self._keys,
            around=around,
        )

    def _record(self, call: Call, drafts: Sequence[Draft]) -> list[Activity]:
        return unrecorded(call, drafts) if id(self._base) in _paused.get() else record_all(call, drafts)

    def _timeline(self, subjects: tuple[str, ...]) -> Timeline[Activity]:
        call = self._call()
        return Timeline(
            door=Door(self._store, call.tenant, Viewer.unlimited()),
            settings=self._settings,
            language=call.language,
            key=lambda tenant: self._keys.of(self._store(), tenant),
            subjects=subjects,
            selection=Selection(self._settings.types, self._settings.tz, subjects),
        )

    def _derived(self, storage: Storage) -> ActivityLog:
        derived = object.__new__(type(self))
        derived.__dict__.update(self.__dict__, _storage=storage)
        return derived

    def __repr__(self) -> str:
        return f"<ActivityLog on {type(self._storage).__name__}>"


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(name, f"True or False is expected, not {type(value).__name__}")
    return value
