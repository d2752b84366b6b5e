"""Where the calls of a store run: each by itself, or all within a transaction that is open already."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final, TypeVar

from attrs import evolve, frozen
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from activitylog.errors import NotAllowed, Unsupported, WriteConflict
from activitylog.storage import Appended, Document, Query, Record, Versioned
from activitylog_mongo._batches import Batches
from activitylog_mongo._entries import Entries
from activitylog_mongo._errors import MAPPED
from activitylog_mongo._images import Images
from activitylog_mongo._process import Process
from activitylog_mongo._transactional import Transactional
from activitylog_mongo._writer import Writer

__all__ = ["Bound", "Callback", "Own", "Work"]

Callback = Callable[[], None]

_T = TypeVar("_T")
_ATTEMPTS: Final = 3
_CONCERNS: Final[dict[str, Any]] = {
    "read_concern": ReadConcern("snapshot"),
    "write_concern": WriteConcern("majority"),
}


class Work(ABC):
    """Gives what reads and what writes, and keeps what is to be called back after the commit."""

    @abstractmethod
    def entries(self) -> Entries:
        """Return what reads."""

    @abstractmethod
    def writer(self) -> Writer:
        """Return what writes."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Work]:
        """Give a work whose calls are all or nothing."""

    @abstractmethod
    def after_commit(self, callback: Callback) -> None:
        """Call back once what was written until now is committed."""

    def committed(self) -> None:
        """Take the host's word for the commit."""
        raise Unsupported("committed() is for a log that is bound to a ClientSession")


class Own(Work):
    """Each call is whole by itself."""

    def __init__(self, process: Callable[[], Process]) -> None:
        self._process = process

    def entries(self) -> Entries:
        return self._process().entries()

    def writer(self) -> Writer:
        process = self._process()
        singly = Batches(process.entries(), process.recovery, process.repeats, process.before_batch)
        return _InOneEach(singly, process) if process.transactions else singly

    @contextmanager
    def transaction(self) -> Iterator[Work]:
        process = self._process()
        if not process.transactions:
            raise Unsupported(
                "a MongoDB server that stands alone has no transactions: record what belongs together by "
                "record_many, or make the server a replica set"
            )
        with MAPPED:
            session = process.client.start_session()
        with session:
            session.start_transaction(**_CONCERNS)
            work = _InTransaction(process, session)
            try:
                yield work
            except BaseException:
                with suppress(PyMongoError):
                    session.abort_transaction()
                raise
            finally:
                work.ended = True
            with MAPPED:
                session.commit_transaction()
        for callback in work.callbacks:
            callback()

    def after_commit(self, callback: Callback) -> None:
        callback()


@frozen
class _InOneEach(Writer):
    """What touches several documents is one transaction; what touches one needs none."""

    singly: Batches
    process: Process

    def append(self, records: Sequence[Record]) -> Sequence[Appended]:
        return self.singly.append(records) if len(records) == 1 else self._whole(lambda whole: whole.append(records))

    def load(self, entries: Iterable[Versioned]) -> tuple[int, list[Versioned]]:
        several = list(entries)
        return self._whole(lambda whole: whole.load(several))

    def replace(self, record: Record, expected_version: int) -> None:
        self.singly.replace(record, expected_version)

    def rewrite(self, entries: Iterable[Versioned]) -> None:
        several = list(entries)
        self._whole(lambda whole: whole.rewrite(several))

    def delete(self, query: Query, limit: int) -> int:
        return self._whole(lambda whole: whole.delete(query, limit))

    def put(self, document: Document, expected_version: int) -> None:
        self.singly.put(document, expected_version)

    def _whole(self, write: Callable[[Writer], _T]) -> _T:
        for _ in range(_ATTEMPTS - 1):
            with suppress(WriteConflict):
                return self._once(write)
        return self._once(write)

    def _once(self, write: Callable[[Writer], _T]) -> _T:
        with MAPPED, self.process.client.start_session() as session:
            return session.with_transaction(lambda inside: write(_within(self.process, inside, None)), **_CONCERNS)


class _Joined(Work):
    """All calls take part in one open transaction."""

    def __init__(self, process: Process, session: ClientSession) -> None:
        self._process = process
        self._session = session
        self._savepoints: list[Images] = []
        self.callbacks: list[Callback] = []

    @abstractmethod
    def session(self) -> ClientSession:
        """Return the session, if its transaction is still open."""

    def entries(self) -> Entries:
        return self._process.within(self.session())

    def writer(self) -> Writer:
        return _within(self._process, self.session(), self._savepoints[-1] if self._savepoints else None)

    @contextmanager
    def transaction(self) -> Iterator[Work]:
        images = Images(self._process.within(self.session()).collections)
        before = len(self.callbacks)
        self._savepoints.append(images)
        try:
            yield self
        except BaseException:
            self._savepoints.pop()
            del self.callbacks[before:]
            with MAPPED:
                images.put_back()
            raise
        self._savepoints.pop()
        if self._savepoints:
            self._savepoints[-1].kept += images.kept

    def after_commit(self, callback: Callback) -> None:
        self.callbacks.append(callback)


class _InTransaction(_Joined):
    """A transaction of our own."""

    ended = False
    """Whether the block that it was given for was left."""

    def session(self) -> ClientSession:
        if self.ended:
            raise NotAllowed("this transaction has ended: what is written now needs another, or none")
        return self._session


class Bound(_Joined):
    """A transaction of the host's, which says when it is committed."""

    def __init__(self, process: Process, session: ClientSession) -> None:
        if session.client is not process.client:
            raise Unsupported(
                "this session is of another client than the log's: open the log with that client's Database"
            )
        super().__init__(process, session)

    def session(self) -> ClientSession:
        if not self._session.in_transaction:
            raise NotAllowed("the session is in no transaction: call start_transaction() before you record")
        return self._session

    def committed(self) -> None:
        callbacks, self.callbacks = self.callbacks, []
        for callback in callbacks:
            callback()


def _within(process: Process, session: ClientSession, images: Images | None) -> Writer:
    entries = process.within(session)
    repeats = evolve(process.repeats, collections=entries.collections, journal=entries.journal)
    return Transactional(entries, repeats, images)
