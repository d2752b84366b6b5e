"""Clauses 12: transactions, and what they owe their callers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import NoReturn

import pytest
from attrs import evolve

from activitylog.errors import KeyConflicts, StaleVersion, Unsupported
from activitylog.storage import Capability, Record, Storage
from activitylog.testing.contract.harness import Harness, requires
from activitylog.testing.contract.replacing import history
from activitylog.testing.contract.samples import KIM, TENANT, document, ids, newer, query, record

__all__ = ["Transactions", "rolled_back"]


class Undone(Exception):
    """Ends a block on purpose."""


def undo() -> NoReturn:
    """Raise what ends a block."""
    raise Undone


@contextmanager
def rolled_back(storage: Storage) -> Iterator[Storage]:
    """Give a transaction whose block ends by an exception, and see that this reaches the caller."""
    try:
        with storage.transaction() as inside:
            yield inside
            undo()
    except Undone:
        return
    pytest.fail("the transaction kept an exception to itself")


def write_everything(storage: Storage, known: Record, doomed: Record) -> None:
    """Make one call of every kind that writes."""
    storage.append([record(idempotency_key="in transaction")])
    storage.replace(newer(known, title="replaced", links=()), expected_version=known.version)
    storage.delete(query(doomed.links[0].ref), limit=1)
    storage.load([(newer(loaded := record()), [loaded])])
    storage.put_document(document("new"), expected_version=0)
    storage.put_document(document("old", "[]"), expected_version=1)
    storage.put_document(document("gone", None), expected_version=1)


def state(storage: Storage, *entries: Record) -> tuple[object, ...]:
    """Return what can be read of the store, to compare."""
    return (
        list(storage.fetch(query())),
        list(storage.fetch(query(KIM))),
        [list(storage.versions(TENANT, entry.id, limit=100)) for entry in entries],
        list(storage.documents(TENANT, "audience", limit=100)),
        list(storage.tenants(limit=100)),
    )


def prepared(storage: Storage) -> tuple[Record, Record]:
    """Write two entries with versions and two documents, and return the entries."""
    known = history(storage, record(), 2)[-1]
    doomed = history(storage, evolve(record(idempotency_key="doomed"), links=(evolve(known.links[0], ref="x:1"),)), 3)[
        -1
    ]
    storage.put_document(document("old"), expected_version=0)
    storage.put_document(document("gone"), expected_version=0)
    return known, doomed


class Transactions(Harness):
    """Transactions, and what they owe their callers."""

    @requires(Capability.TRANSACTIONS)
    def test_commit(self, storage: Storage) -> None:
        """12.1 What was written in a transaction stays when its block ends."""
        known, doomed = prepared(storage)
        with storage.transaction() as inside:
            write_everything(inside, known, doomed)
            seen = state(inside, known, doomed)
        assert seen == state(storage, known, doomed)
        assert len(storage.fetch(query())) == 3

    @requires(Capability.TRANSACTIONS)
    def test_roll_back(self, storage: Storage) -> None:
        """12.2 An exception that leaves the block takes everything back, of every call, and goes on to the caller."""
        known, doomed = prepared(storage)
        before = state(storage, known, doomed)
        with rolled_back(storage) as inside:
            write_everything(inside, known, doomed)
            inside.rewrite([(evolve(known, version=2, title="erased"), [])])
        assert before == state(storage, known, doomed)
        free, taken = record(idempotency_key="in transaction"), record(idempotency_key="doomed")
        assert [answer.created for answer in storage.append([free, taken])] == [True, False]

    @requires(Capability.TRANSACTIONS)
    def test_reads_its_writes(self, storage: Storage) -> None:
        """12.3 Within a transaction what it wrote is read, counted, replaced and purged like any entry."""
        with storage.transaction() as inside:
            inside.append([first := record(), record()])
            inside.replace(second := newer(first), expected_version=1)
            assert second in inside.fetch(query(KIM))
            assert [first] == list(inside.versions(TENANT, first.id, limit=10))
            assert inside.count(query())[0].numbers == (2,)
            assert inside.delete(query(), limit=10) == 2
        assert list(storage.fetch(query())) == []

    @requires(Capability.TRANSACTIONS)
    def test_savepoint(self, storage: Storage) -> None:
        """12.4 A transaction within a transaction is a savepoint: undone alone, it leaves what came before, and the
        outer one goes on.
        """
        first, inner, last = record(minutes=3), record(minutes=2), record(minutes=1)
        with storage.transaction() as outer:
            outer.append([first])
            with rolled_back(outer) as savepoint:
                savepoint.append([inner])
            assert [first] == list(outer.fetch(query()))
            with outer.transaction() as savepoint:
                savepoint.append([last])
        assert [first, last] == list(storage.fetch(query()))

    @requires(Capability.TRANSACTIONS)
    def test_savepoint_goes_with_outer(self, storage: Storage) -> None:
        """12.5 What a savepoint kept is undone with the transaction that it stands in."""
        with rolled_back(storage) as outer, outer.transaction() as savepoint:
            savepoint.append([record()])
        assert list(storage.fetch(query())) == []

    @requires(Capability.TRANSACTIONS)
    def test_goes_on_after_error(self, storage: Storage) -> None:
        """12.6 A call that fails within a transaction writes nothing, and the transaction goes on."""
        known = record(idempotency_key="k")
        storage.append([known])
        with storage.transaction() as inside:
            inside.append([before := record(minutes=1)])
            with pytest.raises(KeyConflicts):
                inside.append([record(), record(idempotency_key="k", digest="d2")])
            with pytest.raises(StaleVersion):
                inside.replace(newer(known), expected_version=9)
            with pytest.raises(StaleVersion):
                inside.put_document(document(), expected_version=9)
            inside.append([after := record(minutes=2)])
        assert ids([after, before, known]) == ids(storage.fetch(query()))

    @requires(Capability.TRANSACTIONS)
    def test_uncommitted_is_unseen(self, storage: Storage) -> None:
        """12.7 Other threads never see what is not committed; they may wait for the end of the transaction."""
        asking = Event()
        seen: list[Record] = []

        def read() -> None:
            asking.set()
            seen.extend(storage.fetch(query()))

        reader = Thread(target=read)
        with rolled_back(storage) as inside:
            inside.append([record()])
            reader.start()
            asking.wait()
        reader.join()
        assert seen == []

    @requires(Capability.TRANSACTIONS)
    def test_after_commit(self, storage: Storage) -> None:
        """12.8 ``after_commit`` calls back once the outermost transaction is committed, in the order of the calls; what
        was written is there then, for every thread.
        """
        calls: list[object] = []

        def look(name: str) -> None:
            reader = Thread(target=lambda: calls.append((name, len(storage.fetch(query())))))
            reader.start()
            reader.join()

        with storage.transaction() as outer:
            outer.append([record()])
            outer.after_commit(lambda: look("outer"))
            with outer.transaction() as savepoint:
                savepoint.append([record()])
                savepoint.after_commit(lambda: look("savepoint"))
            assert calls == []
        assert calls == [("outer", 2), ("savepoint", 2)]

    @requires(Capability.TRANSACTIONS)
    def test_after_commit_dropped(self, storage: Storage) -> None:
        """12.9 Callbacks are dropped with the savepoint, or the transaction, that is rolled back."""
        calls: list[str] = []
        with storage.transaction() as outer:
            outer.after_commit(lambda: calls.append("kept"))
            with rolled_back(outer) as savepoint:
                savepoint.after_commit(lambda: calls.append("savepoint"))
        with rolled_back(storage) as outer:
            outer.after_commit(lambda: calls.append("outer"))
        with storage.transaction() as later:
            later.append([record()])
        assert calls == ["kept"]

    def test_after_commit_outside(self, storage: Storage) -> None:
        """12.10 Outside of a transaction ``after_commit`` calls back at once."""
        calls: list[str] = []
        storage.after_commit(lambda: calls.append("now"))
        assert calls == ["now"]

    def test_undeclared(self, storage: Storage) -> None:
        """12.11 A store that does not declare ``TRANSACTIONS`` refuses one, with ``Unsupported``."""
        if Capability.TRANSACTIONS not in storage.capabilities:
            with pytest.raises(Unsupported):
                storage.transaction().__enter__()

    def test_foreign_handle(self, storage: Storage) -> None:
        """12.12 ``bound`` refuses a handle of another kind, with ``Unsupported``."""
        with pytest.raises(Unsupported):
            storage.bound(object())
