"""Transactions of our own, in a file and in memory; threads; forks."""

import gc
import os
import sqlite3
import threading
from contextlib import ExitStack

import pytest

from activitylog.errors import NotAllowed
from activitylog.storage import Capability
from activitylog.testing.contract.samples import query, record
from activitylog_sql import open_storage


@pytest.fixture(params=["file", "memory"])
def storage(request, tmp_path):
    storage = open_storage("sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'log.db'}")
    yield storage
    storage.close()


@pytest.fixture
def calls():
    return []


def stored(storage):
    return sorted(entry.id.int & 0xFFFF for entry in storage.fetch(query(limit=1000)))


def test_savepoints_drop_their_callbacks(storage, calls):
    with storage.transaction() as outer:
        outer.append([record(1)])
        outer.after_commit(lambda: calls.append(1))
        with outer.transaction() as inner:
            inner.append([record(2)])
            inner.after_commit(lambda: calls.append(2))
        with pytest.raises(ZeroDivisionError), outer.transaction() as inner:
            inner.append([record(3)])
            inner.after_commit(lambda: calls.append(3))
            with inner.transaction() as innermost:
                innermost.append([record(4)])
                innermost.after_commit(lambda: calls.append(4))
            raise ZeroDivisionError
        outer.append([record(5)])
        outer.after_commit(lambda: calls.append(5))
        assert calls == []
    assert (stored(storage), calls) == ([1, 2, 5], [1, 2, 5])


def test_rolled_back_it_calls_nobody(storage, calls):
    with pytest.raises(ZeroDivisionError), storage.transaction() as within:
        within.append([record(1)])
        within.after_commit(lambda: calls.append(1))
        raise ZeroDivisionError
    assert (stored(storage), calls) == ([], [])


def test_callbacks_run_outside_of_any_lock(storage):
    def write_elsewhere():
        writer = threading.Thread(target=lambda: storage.append([record(2)]))
        writer.start()
        writer.join(20)
        assert not writer.is_alive()

    with storage.transaction() as within:
        within.append([record(1)])
        within.after_commit(write_elsewhere)
    assert stored(storage) == [1, 2]


def test_a_foreign_error_passes_as_it_is(storage):
    class Theirs(Exception):
        pass

    with pytest.raises(Theirs), storage.transaction() as within:
        within.append([record(1)])
        raise Theirs
    assert stored(storage) == []


def test_a_drivers_error_of_the_hosts_passes_as_it_is(storage):
    theirs = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError), storage.transaction() as within:
        within.append([record(1)])
        theirs.execute("SELECT * FROM nowhere")
    theirs.close()
    assert stored(storage) == []


def test_threads_write_at_once(storage):
    def write(first):
        for number in range(first, first + 50):
            storage.append([record(number)])
            storage.fetch(query())

    threads = [threading.Thread(target=write, args=(first,)) for first in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored(storage) == list(range(400))


def test_a_write_past_the_own_transaction_is_refused_at_once(storage):
    with storage.transaction() as within:
        within.append([record(1)])
        with pytest.raises(NotAllowed, match="transaction"):
            storage.append([record(2)])
        within.append([record(3)])
    assert stored(storage) == [1, 3]


def test_memory_is_not_shared():
    memory = open_storage(":memory:")
    assert Capability.SHARED not in memory.capabilities
    memory.append([record(1)])
    other = open_storage("sqlite://")
    assert stored(other) == []
    memory.close()
    other.close()


@pytest.mark.parametrize("place", ["file", "memory"])
def test_a_store_that_nobody_has_any_more_is_closed(tmp_path, place):
    storage = open_storage("sqlite://" if place == "memory" else f"sqlite:///{tmp_path / 'log.db'}")
    storage.append([record(1)])
    with storage._work.database._taken() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
    del storage
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_uses_connections_of_its_own(tmp_path):
    storage = open_storage(f"sqlite:///{tmp_path / 'log.db'}")
    storage.append([record(1)])
    with storage._work.database._taken() as inherited:
        pass
    child = os.fork()
    if child == 0:  # only os._exit leads out of here: the child must not run pytest's own ending
        code = 1
        try:
            with pytest.raises(sqlite3.ProgrammingError, match="closed"):
                inherited.execute("SELECT 1")
            storage.append([record(2)])
            code = 0 if {1, 2} <= set(stored(storage)) else 2
        finally:
            os._exit(code)
    for number in range(10, 30):
        storage.append([record(number)])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert stored(storage) == [1, 2, *range(10, 30)]
    storage.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_what_is_at_work_in_a_fork_stays_the_parents(tmp_path):
    storage = open_storage(f"sqlite:///{tmp_path / 'log.db'}")
    storage.setup()
    taking = storage._work.database._taken
    with ExitStack() as work:
        at_work = work.enter_context(taking())
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work.close()
                with taking() as connection:
                    code = 2 if connection is at_work else 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with taking() as connection:
        assert connection is at_work
    storage.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_outlives_its_parents_connections(tmp_path):
    """With locks taken over from its parent, a child would lose them by the parent's end."""
    path = tmp_path / "log.db"
    storage = open_storage(f"sqlite:///{path}")
    storage.append([record(1)])
    go, gone = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(gone)
            with storage.transaction() as within:
                within.append([record(2)])
                os.read(go, 1)  # until the parent has closed the file
                within.append([record(3)])
            code = 0
        finally:
            os._exit(code)
    os.close(go)
    storage.close()
    os.close(gone)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert stored(storage) == [1, 2, 3]
    storage.close()
