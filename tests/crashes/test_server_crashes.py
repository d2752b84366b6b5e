"""The server is killed under load and started again: nothing acknowledged is lost, and the log goes on by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from time import monotonic, sleep
from typing import TypeVar
from uuid import UUID

import pytest

from activitylog import ActivityLog, Actor, Draft, TypeRegistry
from activitylog.errors import StorageError
from effort import effort
from servers.server import Server
from servers.shared import KINDS

WRITERS, RUNS, BATCH = 4, effort(5, least=2), 7
PATIENCE = 60

Answer = TypeVar("Answer")


def persisting(call: Callable[[], Answer]) -> Answer:
    """Make a call again for as long as the store says that this may help."""
    give_up = monotonic() + PATIENCE
    while True:
        try:
            return call()
        except StorageError as error:
            if not error.retry or monotonic() > give_up:
                raise
        sleep(0.05)


class Writer:
    """Records batches and single entries; knows what was acknowledged, and what an error has left open."""

    def __init__(self, log: ActivityLog, name: str) -> None:
        self._log, self._name = log, name
        self._batches = 0
        self.acknowledged: set[UUID] = set()
        self.owed: list[Sequence[Draft]] = []

    def write(self, times: int) -> None:
        """Record a number of batches, each with a single entry after it."""
        for _ in range(times):
            self._write_one()

    def write_until_error(self) -> StorageError:
        """Go on until the store is gone."""
        while True:
            try:
                self._write_one()
            except StorageError as error:
                self.owed.append(error.drafts)
                return error

    def settle(self) -> None:
        """Record again what is owed."""
        for drafts in self.owed:
            persisting(partial(self._acknowledge, drafts))
        self.owed.clear()

    def _write_one(self) -> None:
        self._batches += 1
        title = f"{self._name} {self._batches}"
        self._acknowledge(
            [Draft("call", f"contact:{n}", title=title, idempotency_key=f"{title} {n}") for n in range(BATCH)]
        )
        self._acknowledge([Draft("call", "contact:1")])

    def _acknowledge(self, drafts: Sequence[Draft]) -> None:
        self.acknowledged |= {entry.id for entry in self._log.record_many(drafts)}


@pytest.fixture(params=KINDS)
def running(request: pytest.FixtureRequest, server: Callable[[str], Server]) -> Server:
    return server(request.param)


@pytest.fixture
def log(running: Server) -> Iterator[ActivityLog]:
    types = TypeRegistry()
    types.define("call")
    log = ActivityLog(running.create_database("crm"), types=types, actor=Actor.system("writer"))
    log.migrate()
    yield log
    log.close()


def assert_no_half_batch(log: ActivityLog) -> None:
    batches = Counter(entry.title for entry in log.everything() if entry.title)
    assert set(batches.values()) == {BATCH}


def test_a_server_that_is_killed_under_load(running: Server, log: ActivityLog):
    writers = [Writer(log, f"writer {number}") for number in range(WRITERS)]
    loaded = Barrier(WRITERS + 1)

    def work(writer: Writer) -> StorageError:
        writer.write(5)
        loaded.wait()
        return writer.write_until_error()

    with ThreadPoolExecutor(WRITERS) as threads:
        for _ in range(RUNS):
            at_work = [threads.submit(work, writer) for writer in writers]
            loaded.wait()
            running.kill()
            errors = [each.result() for each in at_work]
            assert all(error.retry and error.drafts for error in errors), errors
            running.start()
            list(threads.map(Writer.settle, writers))
            assert_no_half_batch(log)
    assert {entry.id for entry in log.everything()} == set().union(*(writer.acknowledged for writer in writers))


def test_what_a_kill_left_is_whole_before_anything_is_repeated(running: Server, log: ActivityLog):
    writers = [Writer(log, f"writer {number}") for number in range(WRITERS)]
    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(lambda writer: writer.write(5), writers))
        at_work = [threads.submit(writer.write_until_error) for writer in writers]
        running.kill()
        for each in at_work:
            each.result()
    running.start()
    stored = persisting(lambda: {entry.id for entry in log.everything()})
    assert set().union(*(writer.acknowledged for writer in writers)) <= stored
    assert_no_half_batch(log)


def test_while_the_server_is_gone_every_call_says_so(running: Server, log: ActivityLog):
    entry = log.record("call", "contact:1")
    running.kill()
    calls: list[Callable[[], object]] = [
        lambda: log.record("call", "contact:1"),
        lambda: log.timeline("contact:1").page(),
        lambda: log.timeline("contact:1").count(),
        lambda: log.get(entry),
        lambda: log.tag(entry, add="late"),
        lambda: log.history(entry),
    ]
    with ThreadPoolExecutor(len(calls)) as threads:  # each may wait for the server for some seconds
        for each in [threads.submit(call) for call in calls]:
            error = each.exception()
            assert isinstance(error, StorageError)
            assert error.retry
            assert str(running.directory) not in str(error)
    running.start()
    assert persisting(lambda: [each.id for each in log.everything()]) == [entry.id]
