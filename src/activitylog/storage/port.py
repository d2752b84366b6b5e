"""The storage port: what a store must do. Its docstrings are the contract; ``docs/contract.md`` numbers its clauses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any, ClassVar, overload
from uuid import UUID

from attrs import evolve, frozen

from activitylog.errors import Unsupported
from activitylog.storage.gaps import Gap, paired, spoken
from activitylog.storage.query import Bucket, Field, Query, Tally, Where
from activitylog.storage.record import Document, Record
from activitylog.storage.reference import position

__all__ = ["AllNew", "Appended", "Capability", "Storage", "Versioned"]

Versioned = tuple[Record, Sequence[Record]]
"""An entry as it is now, and its earlier versions, oldest first."""


class Capability(StrEnum):
    """What a store declares beyond the common ground; the core asks for it, and never guesses."""

    TRANSACTIONS = "transactions"
    """``transaction()`` works: several calls are all or nothing, and one transaction can stand in another."""
    BOUND = "bound"
    """``bound(handle)`` works: calls join the host's transaction."""
    SHARED = "shared"
    """Several processes may use the store at once."""
    ISOLATED_BATCHES = "isolated batches"
    """No reader, in whatever process, ever sees a part of an ``append``."""
    SEARCH_INDEX = "search index"
    """The store can look words up in an index."""


@frozen
class Appended:
    """The answer for one record: the entry that stands for it now, and whether this call wrote it."""

    id: UUID
    created: bool


class AllNew(Sequence[Appended]):
    """The answers of an ``append`` that wrote all it was given; each is made when it is asked for.

    A store may answer so: then nothing is looked up for what was there, and a large batch has no answers to hold.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Appended]:
        return (Appended(record.id, True) for record in self._records)

    @overload
    def __getitem__(self, index: int) -> Appended: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Appended]: ...
    def __getitem__(self, index: int | slice) -> Appended | Sequence[Appended]:
        return AllNew(self._records[index]) if isinstance(index, slice) else Appended(self._records[index].id, True)


class Storage(ABC):
    """Keeps records and documents. Every call is atomic by itself, and safe from several threads.

    A store knows no types, texts, viewers, signals or time zones. It gives back exactly what it was given. It raises
    nothing but ``activitylog.errors``, with the driver's own error as the cause. Strings compare by code point.
    No call crosses a tenant.
    """

    capabilities: ClassVar[frozenset[Capability]] = frozenset()

    # -- entries ---------------------------------------------------------------------------------------------------

    @abstractmethod
    def append(self, records: Sequence[Record], /) -> Sequence[Appended]:
        """Write new entries, all or nothing, and answer for each in the given order.

        A record whose ``idempotency_key`` (within its tenant) or ``id`` is there already is not written; the answer
        names the earlier entry, deleted or not. Ids and keys within one call are distinct. All records of a call
        have one tenant. Under concurrency exactly one of several records with one key is written.

        Raises:
            KeyConflicts: such an earlier entry has another ``digest``: names all of them; nothing was written.
        """

    @abstractmethod
    def get(self, tenant: str, ids: Collection[UUID], /) -> Mapping[UUID, Record]:
        """Return the current version of these entries; ids that are not there are absent from the answer."""

    @abstractmethod
    def fetch(self, query: Query, /) -> Sequence[Record]:
        """Return the entries that the query asks for, each once, in its order, at most ``query.limit``."""

    @abstractmethod
    def count(
        self,
        query: Query,
        /,
        *,
        by: Sequence[Field] = (),
        bucket: Bucket | None = None,
        cases: Sequence[Where] = (),
        limit: int | None = None,
    ) -> Sequence[Tally]:
        """Count the entries that match the query's tenant, subjects and condition; the rest of it plays no part.

        One tally per combination of the values of ``by`` and the bucket, in any order; by a field of several values
        an entry counts once per value, and one without values not at all. Mentions give their ref. ``cases`` count,
        within each group, the entries that match each case. Without ``by`` and ``bucket`` there is exactly one
        tally, also of nothing; then ``limit`` stops the counting at that number.
        """

    @abstractmethod
    def replace(self, record: Record, /, *, expected_version: int) -> None:
        """Put the record in place of the version ``expected_version`` of its id, and keep that one among its versions.

        Id, tenant, ``recorded_at``, key and digest stay as they were.

        Raises:
            StaleVersion: another version is stored (``current`` is that record); nothing was written.
            ActivityNotFound: no such entry in the record's tenant.
        """

    @abstractmethod
    def versions(self, tenant: str, id: UUID, /, *, before: int | None = None, limit: int) -> Sequence[Record]:
        """Return replaced versions of an entry, newest first, without the current one; ``before`` is exclusive."""

    @abstractmethod
    def delete(self, query: Query, /, *, limit: int) -> int:
        """Purge entries with their versions and keys: of those the query asks for, the oldest by its order.

        ``after``, ``before``, ``newest_first`` and the query's own limit play no part. Each entry goes whole; the
        call may be repeated until it answers 0. Returns how many entries went.
        """

    @abstractmethod
    def rewrite(self, entries: Sequence[Versioned], /) -> None:
        """Overwrite entries together with all their versions, whatever is stored of them now (erasure).

        Ids that are not there are left out; nothing of what stood there before remains readable.
        """

    # -- documents -------------------------------------------------------------------------------------------------

    @abstractmethod
    def put_document(self, document: Document, /, *, expected_version: int) -> None:
        """Store or (with the body None) remove a document; 0 expects that there is none. ``document.version`` is set
        by the store: ``expected_version + 1``.

        Raises:
            StaleVersion: another version is stored, or none (``current`` is what is there); nothing was written.
        """

    @abstractmethod
    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        """Return documents of one kind, ascending by name (code points), those after ``after``, at most ``limit``."""

    @abstractmethod
    def tenants(self, *, after: str | None = None, limit: int) -> Sequence[str]:
        """Return the tenants that have entries, ascending by code point, those after ``after``, at most ``limit``."""

    # -- what a store may add; the bodies here serve every store ----------------------------------------------------

    def setup(self, *, search_index: bool | None = None) -> None:
        """Create or upgrade the schema; safe to repeat, and to run in several processes at once.

        Args:
            search_index: True adds an index of the words to the store, filled or not, while others go on writing;
                False removes it; None leaves it as it is. What is found is the same with it and without.

        Raises:
            Unsupported: a search index is wanted of a store that does not declare ``SEARCH_INDEX``.
        """
        if search_index:
            raise Unsupported(f"{type(self).__name__} has no search index: leave search_index out")

    def partition(self, partitions: int, /) -> None:
        """Create the schema in an empty store with its tables split by tenants into so many partitions.

        One that is split so already is upgraded, as by ``setup``. What is found is the same as in one that is whole.

        Raises:
            InvalidInput: it is no number of partitions that the store can have.
            Unsupported: the store does not split tables.
            SchemaMismatch: it has a schema that is split otherwise, or not at all; nothing was changed.
        """
        raise Unsupported(f"partitions: {type(self).__name__} does not partition its tables: leave it out")

    def documents_by_kind(
        self, tenant: str, kinds: Collection[str], /, *, limit: int
    ) -> Mapping[str, Sequence[Document]]:
        """Return, by kind, what ``documents`` returns of each: ascending by name, at most ``limit`` of each kind.

        This body asks for one kind after the other.
        """
        return {kind: self.documents(tenant, kind, limit=limit) for kind in kinds}

    def close(self) -> None:  # noqa: B027
        """Give back connections and files; safe to repeat."""

    def load(self, entries: Sequence[Versioned], /) -> int:
        """Add entries with all their versions exactly (import); return how many.

        Ids and keys that are there are left out. This body writes each version after the other; an interrupted call
        is completed by repeating it.

        Raises:
            KeyConflicts: a key is there with another ``digest``; entries before it may have been added.
        """
        return sum(self._load_one((*earlier, current)) for current, earlier in entries)

    def _load_one(self, chain: Sequence[Record]) -> bool:
        stored = self.get(chain[0].tenant, [chain[0].id]).get(chain[0].id)
        if stored is None:
            [appended] = self.append([chain[0]])
            if not appended.created:
                return False
            stored = chain[0]
        elif stored.version >= chain[-1].version:
            return False
        for record in chain:
            if record.version > stored.version:
                self.replace(record, expected_version=stored.version)
                stored = record
        return True

    def gaps(
        self, query: Query, /, *, by: Sequence[Field] = (), aliases: Mapping[str, str] | None = None
    ) -> Iterable[Gap]:
        """Give, in any order, how long incoming entries waited for their answer, and which still do.

        Of the entries that match the query's tenant, subjects and condition those take part whose direction is
        ``incoming`` or ``outgoing``. Those of one conversation are a thread; one without conversation stands in the
        thread of each of its subjects. In a thread, in the order of ``occurred_at`` and id, the first incoming entry
        after an outgoing one, or from the beginning, waits for the next outgoing one. An entry that waits in several
        threads is one gap, to the earliest answer; if it has none in any, ``wait`` is None.

        ``by`` names fields of one value; the key holds those of the answer, or where there is none of the entry that
        waits. ``aliases`` gives, by ref, the subject in whose thread it counts.

        The answer is to be read at once, to its end, by the thread that asked: it may be read from the store as it
        goes, so that millions are no burden. This body walks through ``fetch``.
        """
        return paired(self._spoken(spoken(query)), by=by, aliases=aliases)

    def _spoken(self, query: Query) -> Iterator[Record]:
        while page := self.fetch(query):
            yield from page
            query = evolve(query, after=position(query, page[-1]))

    def transaction(self) -> AbstractContextManager[Storage]:
        """Give a store whose calls are all or nothing; it is good for the ``with`` block and its thread only.

        ``transaction()`` of the given store is a savepoint within.
        """
        raise Unsupported(f"{type(self).__name__} has no transactions: record what belongs together by record_many")

    def bound(self, handle: Any, /) -> Storage:
        """Give a store that works inside the host's transaction and never ends it.

        Raises:
            Unsupported: the handle is of another kind, or of another database.
        """
        raise Unsupported(f"{type(self).__name__} cannot join a transaction of {type(handle).__name__}")

    def current(self) -> Storage:
        """Return the store as it is to be used here and now.

        A store that follows a framework's transactions gives, within one, a store of that transaction, which is another
        one as soon as any part of it was rolled back. For all others that is the store itself.
        """
        return self

    def after_commit(self, callback: Callable[[], None], /) -> None:
        """Call back once what was written until now is committed; never, if it is rolled back (savepoints too).

        Outside of a transaction that is now.
        """
        callback()

    def awaits(self, callback: Callable[[], None], /) -> bool:
        """Tell whether a callback is still to come: what was written before it is there, and not committed yet.

        False is always safe: who asks looks into the store then.
        """
        return False

    def committed(self) -> None:
        """Take the host's word that its transaction is committed (only of a store bound to a bare connection)."""
        raise Unsupported("committed() is for a log that is bound to a Connection or ClientSession")

    def scrub(self) -> None:  # noqa: B027
        """Let nothing that was removed or overwritten before remain on disk, as far as the store decides on that.

        Called at the end of an erasure, outside of readers and writers of the same thread; safe to repeat.
        """

    def explain(self, query: Query, /) -> str:
        """Return, for people, how the store would answer ``fetch(query)``."""
        return f"{type(self).__name__} has no plan to show"
