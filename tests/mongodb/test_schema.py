"""The schema: asked for once, made in numbered steps, one process at a time, and again after a kill."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.errors import OperationFailure

from activitylog import ActivityLog
from activitylog.errors import SchemaMismatch
from activitylog.storage import Field, In, Match
from activitylog.testing.contract.samples import TENANT, newer, query, record
from activitylog_mongo import _schema
from activitylog_mongo._codec import to_entry
from activitylog_mongo._collections import collections_of
from activitylog_mongo._schema import STEPS, Step, run_steps

INDEXES = {
    *("_id_", "link", "time", "arrival", "actor", "batch", "conversation", "assignee", "key", "pending"),
    *("audience", "link_type", "link_actor", "link_status"),
}
NEXT = STEPS[-1].number + 1


@pytest.fixture
def fresh(fresh_database, opened):
    return opened(fresh_database("mongodb"))


def later(kind, run=lambda collections: collections.entries.create_index("mood", name="mood")):
    return (*STEPS, Step(NEXT, kind, run))


def test_a_database_without_the_schema_says_what_to_run(fresh):
    for call in (
        lambda: fresh.append([record()]),
        lambda: fresh.append([record(), record()]),
        lambda: fresh.fetch(query()),
        lambda: fresh.documents(TENANT, "audience", limit=1),
    ):
        with pytest.raises(SchemaMismatch, match="activitylog migrate --store URL"):
            call()
    fresh.setup()
    fresh.append([record()])


def test_the_log_migrates(fresh_database):
    log = ActivityLog(fresh_database("mongodb"))
    log.migrate()
    assert list(log.everything()) == []
    log.close()


def test_indexes_begin_with_the_tenant(storage, database):
    storage.setup()
    indexes = database["activitylog_entries"].index_information()
    assert set(indexes) - {"words"} == INDEXES
    for name in ("entries", "versions", "documents"):
        for index, about in database[f"activitylog_{name}"].index_information().items():
            assert index == "_id_" or about["key"][0] == ("tenant", 1)


def test_the_schema_is_asked_for_once(opened, commands):
    storage = opened()
    storage.append([record()])
    assert len(commands) > 2
    commands.clear()
    storage.fetch(query())
    storage.append([record()])
    assert commands == ["find", "insert"]


def test_an_older_library_goes_on_writing_while_and_after_the_store_is_expanded(storage, opened, database):
    collections = collections_of(database)
    storage.append([record(number) for number in range(1, 501)])
    ended = threading.Event()

    def write():
        number = 1000
        while not ended.is_set():
            number += 1
            storage.append([record(number)])
            storage.replace(newer(record(number)), expected_version=1)
            storage.append([record(number + 100_000), record(number + 200_000)])
        return number

    def fill(collections):
        collections.entries.create_index([("tenant", 1), ("mood", 1)], name="mood")
        collections.entries.update_many({"mood": {"$exists": False}}, {"$set": {"mood": "unknown"}})

    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(write)
        try:
            run_steps(collections, steps=later("expand", fill))
        finally:
            ended.set()
        last = writing.result()
    assert storage.count(query())[0].numbers == (500 + 3 * (last - 1000),)
    other = opened()
    other.setup()
    assert other.append([record(1)]) == storage.append([record(1)])
    database["activitylog_entries"].drop_index("mood")
    database["activitylog_schema"].delete_one({"_id": NEXT})


@pytest.mark.parametrize("known", range(1, len(STEPS)))
def test_what_an_older_library_names_to_the_server_outlives_the_expansion(known, fresh, storage, opened):
    """It knows the first steps, made the store, and is still running when this one migrates it."""
    collections = fresh._store.process.collections
    run_steps(collections, steps=STEPS[:known])
    entries = [record(number, minutes=number, status="open" if number % 2 else "") for number in range(1, 101)]
    collections.entries.insert_many(map(to_entry, entries))
    before = collections.entries.index_information()
    with pytest.raises(SchemaMismatch):
        fresh.fetch(query())
    fresh.setup()
    after = collections.entries.index_information()
    assert before == {name: about for name, about in after.items() if name in before}
    assert after == storage._store.process.collections.entries.index_information()
    for subject in entries[0].links:
        asked = query(subject.ref, where=In(Field.STATUS, ["open"]))
        assert fresh.fetch(asked) == entries[0::2][::-1]


def test_a_store_that_a_later_library_has_contracted_is_refused(fresh, fresh_database, opened):
    url = fresh_database("mongodb")
    storage = opened(url)
    storage.setup()
    run_steps(storage._store.process.collections, steps=later("contract"))
    for call in (lambda: storage.fetch(query()), storage.setup):
        with pytest.raises(SchemaMismatch, match="upgrade activitylog"):
            call()


def test_several_processes_make_one_schema(fresh_database, opened):
    url = fresh_database("mongodb")
    command = [sys.executable, "-m", "activitylog", "migrate", "--store", url]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    storage = opened(url)
    assert storage.fetch(query()) == []
    assert storage._store.process.collections.schema.count_documents({"kind": "expand"}) == len(STEPS)


def test_steps_run_one_at_a_time(fresh):
    at_once = []

    def step(number):
        def run(_):
            at_once.append(number)
            assert len(at_once) == 1
            at_once.clear()

        return Step(number, "expand", run)

    collections = fresh._store.process.collections
    steps = tuple(step(number) for number in range(1, 30))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: run_steps(collections, steps=steps), range(4)))
    assert collections.schema.count_documents({"kind": "expand"}) == 29


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_step_that_was_killed_is_run_again(fresh_database, opened, monkeypatch):
    monkeypatch.setattr("activitylog_mongo._advisory._LEASE", 0.5)
    url = fresh_database("mongodb")
    killed = (Step(1, "expand", lambda collections: os.kill(os.getpid(), signal.SIGKILL)),)
    child = os.fork()
    if not child:
        try:
            run_steps(opened(url)._store.process.collections, steps=killed)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    storage = opened(url)
    with pytest.raises(SchemaMismatch):
        storage.fetch(query())
    storage.setup()
    assert storage.fetch(query()) == []


def test_a_missing_index_is_told_as_such(fresh):
    fresh.setup()
    fresh._store.process.collections.entries.drop_index("time")
    with pytest.raises(SchemaMismatch, match="an index .* is missing") as caught:
        fresh.fetch(query())
    assert isinstance(caught.value.__cause__, OperationFailure)


def test_the_search_index_is_made_on_a_filled_store_and_removed_again(storage, opened, database):
    entries = database["activitylog_entries"]
    storage.append([record(minutes=number, words=f" word{number} all") for number in range(200)])
    unaware = opened()
    rare, common = query(where=Match(["word17"])), query(where=Match(["al"]), limit=20)
    found = [storage.fetch(rare), storage.fetch(common)]
    for wanted in (True, True, False, False):
        storage.setup(search_index=wanted)
        assert ("words" in entries.index_information()) is wanted
        for each in (storage, unaware, opened()):
            assert [each.fetch(rare), each.fetch(common)] == found
    assert _schema.is_searchable(storage._store.process.collections) is False
