"""The activity log: the one object that a host makes, and asks for everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

from activitylog import signals
from activitylog.activity import Activity, Link
from activitylog.aliases import Groups
from activitylog.attachments import Contents
from activitylog.belonging import Parents
from activitylog.call import Call
from activitylog.catalog import Catalog
from activitylog.cursors import Keys
from activitylog.draft import Draft
from activitylog.errors import InvalidInput, NotAllowed
from activitylog.files import Files
from activitylog.filters import Selection
from activitylog.memory import Memory
from activitylog.overview import Overview, Section, checked_sections
from activitylog.plans import Batch, Plans
from activitylog.privacy import Privacy
from activitylog.reader import TenantReader, TenantsReader, checked_group, checked_tenants
from activitylog.recorder import Recorder
from activitylog.refs import Ref, RefLike, refs
from activitylog.resolvers import Resolver, Resolvers
from activitylog.retention import Retention
from activitylog.scope import NOTHING, ActorSource, Provider, surroundings
from activitylog.settings import Settings
from activitylog.sight import Policy
from activitylog.storage import Storage
from activitylog.storage.discovery import open_storage
from activitylog.subjects import Subjects
from activitylog.templates import Templates
from activitylog.timeline import Timeline
from activitylog.times import Clock
from activitylog.tombstones import Secrets, stored_secret
from activitylog.transactions import OpenTransaction
from activitylog.types import TypeRegistry
from activitylog.verbs import EntryVerbs
from activitylog.viewers import Viewer, check_trusted
from activitylog.viewings import Viewings, unnoticed

__all__ = ["ActivityLog"]

_R = TypeVar("_R", bound=Resolver)
_F = TypeVar("_F", bound=Callable[..., Draft | Iterable[Draft] | None])

# By the identity of a store: the transaction that was last begun on it in this context. And the bases that are paused.
_transactions: Final[ContextVar[MappingProxyType[int, OpenTransaction]]] = ContextVar(
    "activitylog_transactions", default=MappingProxyType({})
)
_paused: Final[ContextVar[frozenset[int]]] = ContextVar("activitylog_paused", default=frozenset())


class ActivityLog(Recorder, EntryVerbs):
    """Records activities and reads timelines, in one store.

    Methods do I/O, properties do not. Safe from several threads. The store is opened, and on SQLite created, when it
    is first used.

    Args:
        store: a URL (``sqlite:///crm.db``, ``memory://``), a SQLAlchemy engine of the host's, or a ``Storage``.
        types: the declared types; by default only the core's own.
        actor: who acts where no argument and no scope says so, or a function that knows; by default nobody.
        tenant: the tenant where no scope names one.
        require_tenant: there is no such tenant: without a scope that names one, nothing is read or written.
        require_viewer: nothing is read or changed but by ``visible_to(…)``; recording needs no viewer.
        parents: the host's function from refs to the refs they belong to; see ``Parents``.
        policy: the host's function from a viewer to a condition that all must fulfil which that viewer sees.
        files: where the content of attachments is kept: a folder's path or URL, or a ``FileStore``; by default the
            folder ``activitylog-files`` in the working directory, and in memory where the store is ``memory://``.
        language: of texts, where no scope names one.
        tz: the zone in which a date begins, and of counts; a name or a tzinfo.
        on_unavailable: ``raise``, or ``log``: where the store cannot be reached, ``record`` logs that, sends
            ``signals.lost`` and returns the activity unrecorded.
        log_reads: who reads a timeline leaves an entry ``timeline.viewed`` on each of its subjects, one for each window
            of this length; by default none.
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
        types: TypeRegistry | Catalog | None = None,
        actor: ActorSource | None = None,
        tenant: str = "default",
        require_tenant: bool = False,
        require_viewer: bool = False,
        parents: Parents | None = None,
        policy: Policy | None = None,
        files: Any = None,
        language: str = "en",
        tz: Any = "UTC",
        on_unavailable: Literal["raise", "log"] = "raise",
        log_reads: timedelta | None = None,
        cursor_key: str | bytes | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = Settings(
            types=types,
            actor=actor,
            tenant=tenant,
            require_tenant=require_tenant,
            require_viewer=require_viewer,
            parents=parents,
            policy=policy,
            language=language,
            tz=tz,
            on_unavailable=on_unavailable,
            log_reads=log_reads,
            clock=clock,
        )
        self._storage = open_storage(store)
        self._base = self
        self._viewer: Viewer | None = None
        self._tenants: tuple[str, ...] | None = None
        self._memory = Memory.of(self._storage)
        self._contents = Contents(
            files,
            in_memory=isinstance(store, str) and store.startswith("memory:"),
            store=self._storage,
            present=self._settings.present,
        )
        self._secrets = Secrets(self._storage, stored_secret, lasting=True)
        self._keys = Keys(cursor_key)
        self._resolvers = Resolvers()
        self._providers: list[Provider] = []

    # -- reading --------------------------------------------------------------------------------------------------

    def timeline(self, subject: RefLike, *subjects: RefLike) -> Timeline[Activity]:
        """Return the timeline of one or several subjects: what they are linked to as subject, parent or source.

        An entry of several of them comes once.

        Raises:
            InvalidInput, TooManySubjects: one names nothing, or there are more than 100.
        """
        asked = tuple(str(ref) for ref in refs("subjects", (subject, *subjects)))
        return self._timeline(checked_group(asked))

    def everything(self) -> Timeline[Activity]:
        """Return the timeline of the whole tenant."""
        return self._timeline(())

    def overview(self, subject: RefLike, *, sections: Mapping[str, Section]) -> Overview:
        """Return the timelines of a subject, and of what belongs to it, by section: ``standard.sections``, or others.

        Raises:
            InvalidInput: the subject names nothing, or a section is none.
        """
        return Overview(self.timeline(subject), checked_sections(sections))

    def batch(self, id: UUID | str) -> Batch:
        """Return what the plan of this id wrote: its activities, together.

        Raises:
            InvalidInput: there is no such plan in the tenant.
        """
        return Batch.of_plan(self._trusted("batch"), self.everything(), id)

    def resolve(self, things: Iterable[RefLike | Activity]) -> dict[Ref, Link]:
        """Return present labels and URLs of refs, and of all that activities name which were read; by the resolvers.

        Without one the label at the time, and no URL. A log that is limited to a viewer resolves only such refs as that
        viewer sees named somewhere; for what activities name it does not ask the store.
        """
        return self._resolvers.resolve(things, self._call().door.knows)

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
        storage = self._storage.bound(handle)
        return self._derived(storage=storage, memory=self._memory.within(storage))

    def visible_to(self, viewer: Viewer) -> ActivityLog:
        """Return a log in which this viewer is asking: every read is limited to what they may see, every edit to what
        they may edit. What only the host's trusted code may do, such as plans and erasing, it does not do.

        Raises:
            InvalidInput: it is no ``Viewer``.
            NotAllowed: the log is limited to a viewer, or reads several tenants.
        """
        if not isinstance(viewer, Viewer):
            raise InvalidInput("viewer", f"a Viewer is expected, not {type(viewer).__name__}")
        if self._is_limited() or self._tenants is not None:
            raise NotAllowed("visible_to() is for the log itself: a limited log cannot be given to another viewer")
        return self._derived(viewer=viewer)

    def across(self, tenants: Iterable[str]) -> ActivityLog:
        """Return a log that reads several tenants in one order: timelines and overviews, and nothing is written.

        Each tenant is read by itself, with its own types and merged subjects.

        Raises:
            InvalidInput: no tenants are named.
            NotAllowed: the log is limited to a viewer.
        """
        self._check_trusted("across")
        return self._derived(tenants=checked_tenants(tenants))

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
        self._check_trusted("on")
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
        self._check_trusted("resolver")

        def add(function: _R) -> _R:
            self._resolvers.add(kind, function)
            return function

        return add

    def provide(self, provider: Provider) -> None:
        """Ask this function for what no scope says: for adapters, which know the request."""
        self._check_trusted("provide")
        self._providers.append(provider)

    @property
    def base(self) -> ActivityLog:
        """The log that this one is derived from, or itself: the sender of all signals."""
        self._check_trusted("base")
        return self._base

    @property
    def types(self) -> Catalog:
        """The types: those of the code, and those that the tenant's administrators make at run time."""
        return self._call().types

    @property
    def files(self) -> Files:
        """The files of entries."""
        return Files(self._call)

    @property
    def templates(self) -> Templates:
        """What entries can be made from, per tenant."""
        return Templates(self._call)

    @property
    def plans(self) -> Plans:
        """One action for many subjects."""
        return Plans(self._trusted("plans"), self.everything)

    @property
    def privacy(self) -> Privacy:
        """What a person may ask for: everything about them, or that it goes."""
        return Privacy(self._call)

    @property
    def retention(self) -> Retention:
        """How long entries are kept, and which are held."""
        self._check_trusted("retention")
        return Retention(lambda: self._call().trusted("retention"))

    @property
    def subjects(self) -> Subjects:
        """Merging of subjects, and their own status."""
        return Subjects(self._call)

    @property
    def storage(self) -> Storage:
        """The store, for import, export and tools; what is written there passes no check and sends no signal."""
        self._check_trusted("storage")
        return self._store()

    def migrate(self, *, search_index: bool | None = None, partitions: int | None = None) -> None:
        """Create the store's schema, or bring it up to date; safe to repeat, and while others use the store.

        Args:
            search_index: True adds an index of words, to a filled store too; False removes it; None (the default)
                leaves it as it is. Searches find the same with it and without.
            partitions: of an empty PostgreSQL database: split its tables by the tenant's hash into this many, from
                1 to 256, once and for all; None (the default) makes them whole, or leaves them as they are.

        Raises:
            InvalidInput: ``partitions`` is no such number.
            Unsupported: the store has no search index, or no partitions.
            SchemaMismatch: the schema is newer than this library can serve, or is there and partitioned otherwise.
        """
        self._check_trusted("migrate")
        if partitions is not None:
            self._storage.partition(partitions)
        self._storage.setup(search_index=search_index)

    def close(self) -> None:
        """Give back the store's connections; safe to repeat."""
        self._check_trusted("close")
        self._storage.close()

    # -- within ---------------------------------------------------------------------------------------------------

    def _store(self) -> Storage:
        within = _transactions.get().get(id(self._storage))
        return self._storage.current() if within is None or within.ended else within.of_its_owner()

    def _remembered(self) -> Memory:
        return self._memory.within(self._storage.current())

    def _call(self) -> Call:
        if self._tenants is not None:
            raise NotAllowed("a log across tenants has timelines and overviews; for all else name one: scope(tenant=…)")
        return self._call_in(None)

    def _call_in(self, tenant: str | None) -> Call:
        around = surroundings()
        for provider in self._providers:
            around = around.over(provider() or NOTHING)
        tenant = tenant or around.tenant or ("" if self._settings.require_tenant else self._settings.tenant)
        if not tenant:
            raise InvalidInput("tenant", "none is named, and this log wants one: use scope(tenant=…)")
        fixed = self._is_limited() or (self._viewer is None and self._settings.require_viewer)
        memory = self._remembered()
        return Call(
            settings=self._settings,
            store=self._store(),
            sender=self._base,
            tenant=tenant,
            audiences=memory.audiences,
            aliases=memory.aliases,
            keepings=memory.keepings,
            secrets=self._secrets,
            types=Catalog(self._settings.types, memory.custom_types, self._store, tenant, fixed),
            keys=self._keys,
            contents=self._contents,
            around=around,
            viewer=self._viewer,
            paused=id(self._base) in _paused.get(),
        )

    def _is_limited(self) -> bool:
        return self._viewer is not None and self._viewer.is_limited

    def _check_trusted(self, what: str) -> None:
        check_trusted(self._viewer, what)

    def _trusted(self, what: str) -> Callable[[], Call]:
        self._check_trusted(what)
        return self._call

    def _timeline(self, subjects: tuple[str, ...]) -> Timeline[Activity]:
        first, *others = [self._call_in(tenant) for tenant in self._tenants or (None,)]
        readers = tuple(self._reader(call) for call in (first, *others))
        return Timeline(
            reader=TenantsReader(readers) if self._tenants else readers[0],
            settings=self._settings,
            language=first.language,
            key=lambda tenant: self._keys.of(self._store(), tenant),
            subjects=subjects,
            viewed=Viewings(partial(self._call_in, first.tenant)).note
            if self._settings.log_reads and not self._tenants
            else unnoticed,
            selection=Selection(first.types, self._settings.tz),
        )

    def _reader(self, call: Call) -> TenantReader:
        merged = partial(self._groups, call.tenant)
        return TenantReader(call.door_of(self._store), call.types, merged)

    def _groups(self, tenant: str) -> Groups:
        return self._remembered().aliases.of(self._store(), tenant)

    def _derived(self, **changed: Any) -> ActivityLog:
        derived = object.__new__(type(self))
        derived.__dict__.update(self.__dict__, **{f"_{name}": value for name, value in changed.items()})
        return derived

    def __repr__(self) -> str:
        return f"<ActivityLog on {type(self._storage).__name__}>"
