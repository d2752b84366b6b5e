"""A store elsewhere than the host's data: what is written in a transaction of the host's waits for its commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import local
from typing import Any, Final, Protocol
from uuid import UUID

from activitylog.errors import ActivityLogError
from activitylog.storage import (
    Appended,
    Bucket,
    Capability,
    Document,
    Field,
    Gap,
    Query,
    Record,
    Storage,
    Tally,
    Versioned,
    Where,
)

__all__ = ["DeferredStorage", "HostTransactions"]

_logger: Final = logging.getLogger("activitylog")

Lost = Callable[[ActivityLogError], None]
"""What is told of a write that failed after the commit."""


class HostTransactions(Protocol):
    """What a host tells of its own transactions, in this thread or task."""

    def are_open(self) -> bool:
        """Tell whether one is open."""

    def after_commit(self, callback: Callable[[], None], /) -> None:
        """Call back after the outermost commit; never, if what was done until now is rolled back, savepoints too."""


class DeferredStorage(Storage):
    """Another store, which waits for the host's transactions.

    New entries and new versions that are written in an open transaction of the host's are written after its commit, in
    their order, and never if it is rolled back. Until then they are not read, and an idempotency key that is known
    shows only then. Where the store fails after the commit, that is logged, and of new entries ``signals.lost`` is
    sent. All else, such as purging, is done at once.
    """

    def __init__(self, store: Storage, host: HostTransactions) -> None:
        self._store = store
        self._host = host
        self._here = local()

    @property
    def capabilities(self) -> frozenset[Capability]:  # type: ignore[override] # those of the other store
        """What the other store can."""
        return self._store.capabilities

    # -- what waits ------------------------------------------------------------------------------------------------

    def waits(self) -> bool:
        """Tell whether what is written now waits for a commit."""
        return self._host.are_open() and not getattr(self._here, "writing", False)

    def later(self, write: Callable[[], object], lost: Lost) -> None:
        """Write after the commit; ``lost`` is told where that fails."""
        self._here.last = waiting = _Waiting(write, lost, self._here)
        self._host.after_commit(waiting.run)

    def append(self, records: Sequence[Record], /) -> Sequence[Appended]:
        """Write entries; who records waits before."""
        return self._store.append(records)

    def replace(self, record: Record, /, *, expected_version: int) -> None:
        """Put a version in place of another, now or after the commit."""
        if self.waits():
            self.later(lambda: self._store.replace(record, expected_version=expected_version), _unheard)
        else:
            self._store.replace(record, expected_version=expected_version)

    @contextmanager
    def _as_it_is(self) -> Iterator[Storage]:
        yield self

    def transaction(self) -> AbstractContextManager[Storage]:
        """Give a transaction of the other store's; while this one waits, the host's transaction holds all together."""
        return self._as_it_is() if self.waits() else self._store.transaction()

    def after_commit(self, callback: Callable[[], None], /) -> None:
        """Call back once what was written last is written, if it is."""
        if not self.waits():
            self._store.after_commit(callback)
            return
        last: _Waiting | None = getattr(self._here, "last", None)
        self._host.after_commit(lambda: None if last is not None and last.failed else callback())

    # -- what does not ---------------------------------------------------------------------------------------------

    def get(self, tenant: str, ids: Collection[UUID], /) -> Mapping[UUID, Record]:
        """Ask the other store."""
        return self._store.get(tenant, ids)

    def fetch(self, query: Query, /) -> Sequence[Record]:
        """Ask the other store."""
        return self._store.fetch(query)

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
        """Ask the other store."""
        return self._store.count(query, by=by, bucket=bucket, cases=cases, limit=limit)

    def gaps(
        self, query: Query, /, *, by: Sequence[Field] = (), aliases: Mapping[str, str] | None = None
    ) -> Iterable[Gap]:
        """Ask the other store."""
        return self._store.gaps(query, by=by, aliases=aliases)

    def versions(self, tenant: str, id: UUID, /, *, before: int | None = None, limit: int) -> Sequence[Record]:
        """Ask the other store."""
        return self._store.versions(tenant, id, before=before, limit=limit)

    def delete(self, query: Query, /, *, limit: int) -> int:
        """Have the other store do it now."""
        return self._store.delete(query, limit=limit)

    def rewrite(self, entries: Sequence[Versioned], /) -> None:
        """Have the other store do it now."""
        self._store.rewrite(entries)

    def load(self, entries: Sequence[Versioned], /) -> int:
        """Have the other store do it now."""
        return self._store.load(entries)

    def put_document(self, document: Document, /, *, expected_version: int) -> None:
        """Have the other store do it now."""
        self._store.put_document(document, expected_version=expected_version)

    def documents(
        self, tenant: str, kind: str, /, *, names: Collection[str] | None = None, after: str | None = None, limit: int
    ) -> Sequence[Document]:
        """Ask the other store."""
        return self._store.documents(tenant, kind, names=names, after=after, limit=limit)

    def documents_by_kind(
        self, tenant: str, kinds: Collection[str], /, *, limit: int
    ) -> Mapping[str, Sequence[Document]]:
        """Ask the other store."""
        return self._store.documents_by_kind(tenant, kinds, limit=limit)

    def tenants(self, *, after: str | None = None, limit: int) -> Sequence[str]:
        """Ask the other store."""
        return self._store.tenants(after=after, limit=limit)

    def setup(self, *, search_index: bool | None = None) -> None:
        """Have the other store do it now."""
        self._store.setup(search_index=search_index)

    def partition(self, partitions: int, /) -> None:
        """Have the other store do it now."""
        self._store.partition(partitions)

    def bound(self, handle: Any, /) -> Storage:
        """Give what the other store gives: a transaction of its own database."""
        return self._store.bound(handle)

    def scrub(self) -> None:
        """Have the other store do it now."""
        self._store.scrub()

    def explain(self, query: Query, /) -> str:
        """Ask the other store."""
        return self._store.explain(query)

    def close(self) -> None:
        """Close the other store."""
        self._store.close()


class _Waiting:
    """One write that waits."""

    def __init__(self, write: Callable[[], object], lost: Lost, here: Any) -> None:
        self._write = write
        self._lost = lost
        self._here = here
        self.failed = False

    def run(self) -> None:
        self._here.writing = True  # some hosts call back while their transaction is still ending
        try:
            self._write()
        except ActivityLogError as error:
            self.failed = True
            self._lost(error)
        finally:
            self._here.writing = False


def _unheard(error: ActivityLogError) -> None:
    _logger.error("after the host's commit a change could not be written (%s)", type(error).__name__)
