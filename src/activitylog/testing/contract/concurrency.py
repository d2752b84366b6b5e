"""Clauses 13: several threads, and several handles on one store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from typing import TypeVar

from activitylog.errors import StaleVersion, StorageError
from activitylog.storage import Appended, Capability, Field, Record, Storage
from activitylog.testing.contract.harness import Harness, requires
from activitylog.testing.contract.replacing import history
from activitylog.testing.contract.samples import TENANT, document, newer, query, record

__all__ = ["Concurrency"]

THREADS = 8
ROUNDS = 5
ATTEMPTS = 50

_Answer = TypeVar("_Answer")


def persisting(call: Callable[[], _Answer]) -> _Answer:
    """Make a call again as long as the store says that this may help."""
    for _ in range(ATTEMPTS - 1):
        try:
            return call()
        except StorageError as error:
            if not error.retry:
                raise
    return call()


def at_once(calls: Sequence[Callable[[], _Answer]]) -> list[_Answer]:
    """Start the calls at the same moment, each in a thread of its own, and return their answers."""
    start = Barrier(len(calls))

    def run(call: Callable[[], _Answer]) -> _Answer:
        start.wait()
        return persisting(call)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def won(call: Callable[[], None]) -> bool:
    """Tell whether a call that several make at once was the one that wrote."""
    try:
        call()
    except StaleVersion:
        return False
    return True


def compete_for_key(handles: Sequence[Storage], key: str) -> None:
    """Write records with one key through all handles at once: one must be created, and all answers name it."""
    given = [record(idempotency_key=key) for _ in handles]

    def write(handle: Storage, one: Record) -> Appended:
        return handle.append([record(), one, record()])[1]

    answers = at_once([partial(write, handle, one) for handle, one in zip(handles, given, strict=True)])
    created = [answer for answer in answers if answer.created]
    assert len(created) == 1
    assert {created[0].id} == {answer.id for answer in answers}
    stored = [each for each in handles[0].fetch(query()) if each.idempotency_key == key]
    assert [created[0].id] == [each.id for each in stored]


def compete_for_version(handles: Sequence[Storage]) -> None:
    """Replace one version through all handles at once: one must win, and its record is stored."""
    first = record()
    handles[0].append([first])
    titles = [f"title {n}" for n in range(len(handles))]

    def replace(handle: Storage, title: str) -> bool:
        return won(lambda: handle.replace(newer(first, title=title), expected_version=1))

    wins = at_once([partial(replace, handle, title) for handle, title in zip(handles, titles, strict=True)])
    assert wins.count(True) == 1
    stored = handles[0].get(TENANT, [first.id])[first.id]
    assert (titles[wins.index(True)], 2) == (stored.title, stored.version)
    assert [first] == list(handles[0].versions(TENANT, first.id, limit=10))


class Concurrency(Harness):
    """Several threads, and several handles on one store."""

    def test_one_key(self, storage: Storage) -> None:
        """13.1 Of several threads that write records with one key, exactly one creates its own; all are answered
        with its id.
        """
        for n in range(ROUNDS):
            compete_for_key([storage] * THREADS, f"k{n}")

    def test_one_id(self, storage: Storage) -> None:
        """13.2 Of several threads that write the same record, exactly one creates it."""
        for _ in range(ROUNDS):
            same = record()
            answers = [answer for [answer] in at_once([partial(storage.append, [same])] * THREADS)]
            assert [answer.created for answer in answers].count(True) == 1
            assert {same.id} == {answer.id for answer in answers}

    def test_one_version(self, storage: Storage) -> None:
        """13.3 Of several threads that replace one version, exactly one wins; the others are told it is stale."""
        for _ in range(ROUNDS):
            compete_for_version([storage] * THREADS)

    def test_one_document(self, storage: Storage) -> None:
        """13.4 Of several threads that write one version of a document, exactly one wins."""

        def put(body: str, expected: int) -> bool:
            return won(lambda: storage.put_document(document("one", body), expected_version=expected))

        for n in range(ROUNDS):
            wins = at_once([partial(put, str(body), n) for body in range(THREADS)])
            assert wins.count(True) == 1
            [stored] = storage.documents(TENANT, "audience", limit=10)
            assert (str(wins.index(True)), n + 1) == (stored.body, stored.version)

    def test_nothing_is_lost(self, storage: Storage) -> None:
        """13.5 What several threads write, with keys in any order, is there."""
        batches = [[record(minutes=n, idempotency_key=f"{t}-{n}") for n in range(20)] for t in range(THREADS)]
        shared = [f"shared {n}" for n in range(10)]
        for t, batch in enumerate(batches):
            batch.extend(record(idempotency_key=key) for key in (shared if t % 2 else shared[::-1]))
        at_once([partial(storage.append, batch) for batch in batches])
        expected = {each.idempotency_key for batch in batches for each in batch}
        stored = [each.idempotency_key for each in storage.fetch(query())]
        assert (len(stored), set(stored)) == (len(expected), expected)

    def test_versions_rise(self, storage: Storage) -> None:
        """13.6 Threads that read, change and retry when stale lose no change."""
        first = record()
        storage.append([first])

        def change() -> bool:
            current = storage.get(TENANT, [first.id])[first.id]
            return won(lambda: storage.replace(newer(current), expected_version=current.version))

        at_once([lambda: any(iter(change, True)) for _ in range(THREADS)])
        assert storage.get(TENANT, [first.id])[first.id].version == THREADS + 1
        versions = storage.versions(TENANT, first.id, limit=100)
        assert [*range(THREADS, 0, -1)] == [each.version for each in versions]

    @requires(Capability.ISOLATED_BATCHES)
    def test_whole_batches(self, storage: Storage) -> None:
        """13.7 No reader ever sees a part of an ``append``."""
        done, size = Event(), 20

        def write() -> list[int]:
            try:
                for n in range(10):
                    batch = [record(minutes=n, batch=str(n)) for _ in range(size)]
                    persisting(partial(storage.append, batch))
            finally:
                done.set()
            return []

        def read() -> list[int]:
            seen = []
            while not done.is_set():
                seen.append(len(storage.fetch(query())))
                seen.extend(one.numbers[0] for one in storage.count(query(), by=[Field.BATCH]))
            return seen

        parts = {number for seen in at_once([write, read, read]) for number in seen if number % size}
        assert parts == set()
        assert storage.count(query())[0].numbers == (10 * size,)

    @requires(Capability.SHARED)
    def test_seen_by_other_handles(self, storage: Storage, other_handle: Storage) -> None:
        """13.8 What was written through one handle is read through another, at once."""
        chain = history(storage, record(), 3)
        storage.put_document(document(), expected_version=0)
        assert chain[2:] == list(other_handle.fetch(query()))
        assert chain[1::-1] == list(other_handle.versions(TENANT, chain[0].id, limit=10))
        assert len(other_handle.documents(TENANT, "audience", limit=10)) == 1
        other_handle.delete(query(), limit=10)
        assert list(storage.fetch(query())) == []

    @requires(Capability.SHARED)
    def test_handles_compete(self, storage: Storage, other_handle: Storage) -> None:
        """13.9 Keys and versions are guarded across handles as they are across threads."""
        for n in range(ROUNDS):
            compete_for_key([storage, other_handle] * 4, f"k{n}")
            compete_for_version([storage, other_handle] * 4)
