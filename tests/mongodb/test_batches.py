"""Batches on a server without transactions: whole or not there, whenever their writer is killed or sleeps."""

import importlib.util
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import pytest
from attrs import evolve

from activitylog.errors import WriteConflict
from activitylog.storage import ABSENT, Field
from activitylog.testing.contract.samples import TENANT, query, record
from effort import effort

HERE = Path(__file__).parent
PATIENCE = 30

_spec = importlib.util.spec_from_file_location("interrupted", HERE / "interrupted.py")
calls = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(calls)

pytestmark = pytest.mark.usefixtures("standalone")


class Caller:
    """A process that makes a call, and is interrupted before one of its commands."""

    def __init__(self, url, call, command, number):
        arguments = [sys.executable, HERE / "interrupted.py", url, call, str(command), str(int(number))]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def __enter__(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def end(self):
        """Wait for the end; return what the call came to, nothing if it was killed."""
        said = self.process.stdout.read().strip()
        self.process.wait()
        return said

    def stopped(self):
        """Wait until it sleeps, or has ended; tell whether it sleeps."""
        return os.WIFSTOPPED(os.waitpid(self.process.pid, os.WUNTRACED)[1])


def until(condition):
    give_up = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < give_up
        sleep(0.02)


def until_unmarked(database):
    until(lambda: not database["activitylog_entries"].count_documents({"pending": {"$exists": True}}))


def empty(database):
    for name in ("entries", "versions", "batches"):
        database[f"activitylog_{name}"].delete_many({})


def filled(storage):
    storage.load(calls.given())
    return storage


def state(storage):
    """All that can be read: each entry with its versions."""
    entries = storage.fetch(query())
    return {entry.id: (entry, list(storage.versions(TENANT, entry.id, limit=10))) for entry in entries}


def recovered(storage, database):
    """See to what was left, as the next process does, once the lease is over."""
    batches = database["activitylog_batches"]
    until(lambda: not batches.count_documents({"state": {"$ne": "undone"}, "$expr": {"$gte": ["$until", "$$NOW"]}}))
    storage._store.process.recovery.run()
    until_unmarked(database)  # the thread of another handle may be at it at the same time
    return state(storage)


def expected(opened, fresh_database, call):
    """The state before the call and after it, on a store where nothing happens."""
    other = opened(fresh_database("mongodb"))
    other.setup()
    before = state(filled(other))
    calls.CALLS[call](other)
    return before, state(other)


LONGEST = 20


@pytest.mark.parametrize("call", ["append", "load"])
def test_killed_at_any_command_nothing_or_all_is_there(call, url, opened, database, fresh_database):
    before, after = expected(opened, fresh_database, call)
    seen = []
    for command in range(1, LONGEST):
        empty(database)
        storage = filled(opened())
        with Caller(url, call, command, signal.SIGKILL) as caller:
            said = caller.end()
        seen.append(state(opened()))
        assert seen[-1] in (before, after), command
        assert recovered(opened(), database) == seen[-1]
        calls.CALLS[call](storage)
        assert state(storage) == after
        if said:
            break
    assert said == "done"
    assert seen.index(after) > 3
    assert after in seen[:-1], "it is there before the writer knows"


@pytest.mark.parametrize("call", ["rewrite", "delete", "replace"])
def test_killed_at_any_command_it_is_finished_or_undone(call, url, opened, database, fresh_database):
    before, after = expected(opened, fresh_database, call)
    for command in range(1, LONGEST, LONGEST // effort(LONGEST, least=10)):
        empty(database)
        filled(opened())
        with Caller(url, call, command, signal.SIGKILL) as caller:
            said = caller.end()
        seen = recovered(opened(), database)
        if call == "delete":
            assert seen.items() <= before.items()
        else:
            assert seen in (before, after), command
        valid = sum(len(versions) for _, versions in seen.values())
        stored = database["activitylog_versions"].count_documents({})
        assert stored == valid or (call == "replace" and stored == valid + 1), command
        if said:
            break
    assert said == "done"
    assert seen == after


def test_a_writer_that_slept_beyond_its_lease_claims_no_success(url, opened, database):
    """Before whichever command it falls asleep: what another undid meanwhile it takes back itself, and says so."""
    endings = []
    for command in range(1, LONGEST):
        empty(database)
        storage = filled(opened())
        mine = record(999, idempotency_key="new 0")
        with Caller(url, "append", command, signal.SIGSTOP) as caller:
            if not caller.stopped():
                break
            [answer] = storage.append([mine])  # waits for the lease, where the key is taken by the batch
            caller.process.send_signal(signal.SIGCONT)
            endings.append(caller.end())
        ids = {entry.id for entry in calls.batch() if entry.idempotency_key.startswith("new")}
        whole = ids if answer.id != mine.id else ids - {calls.batch()[0].id}
        there = ids & storage.get(TENANT, ids).keys()
        assert there == (whole if endings[-1] == "done" else set()), command
        assert storage.get(TENANT, [answer.id])
        until_unmarked(database)
    assert set(endings) == {"done", "WriteConflict True"}


def test_who_meets_a_batch_that_is_whole_but_still_marked_sees_all_of_it(storage, database):
    entries = [record(minutes=number, links=(), direction="incoming", conversation="c") for number in range(5)]
    storage.append(entries)
    line = uuid4()
    database["activitylog_entries"].update_many({}, {"$set": {"pending": line}})
    ways = (
        lambda: len(storage.fetch(query())),
        lambda: storage.count(query())[0].numbers[0],
        lambda: storage.count(query(), by=[Field.TYPE])[0].numbers[0] if storage.count(query(), by=[Field.TYPE]) else 0,
        lambda: len(storage.get(TENANT, [entry.id for entry in entries])),
        lambda: 5 * len(storage.tenants(limit=9)),
        lambda: 5 * len(list(storage.gaps(query()))),
    )
    for state, seen in (("writing", 0), ("done", 5), ("undone", 0)):
        database["activitylog_batches"].replace_one(
            {"_id": line},
            {"kind": "append", "tenant": TENANT, "state": state, "until": ABSENT},
            upsert=True,
        )
        assert [way() for way in ways] == [seen] * len(ways), state
    database["activitylog_batches"].delete_one({"_id": line})
    assert [way() for way in ways] == [0] * len(ways), "nobody can say any more that it is whole"
    storage._store.process.recovery.run()
    assert database["activitylog_entries"].count_documents({}) == 0


def test_pages_are_full_though_an_open_batch_lies_in_between(storage, database):
    entries = [record(minutes=number) for number in range(30)]
    storage.append(entries)
    line = uuid4()
    hidden = {"occurred_at": {"$gte": entries[10].occurred_at.replace(tzinfo=None)}}
    database["activitylog_entries"].update_many(hidden, {"$set": {"pending": line}})
    assert list(storage.fetch(query(limit=5))) == entries[9:4:-1]


def test_reading_costs_one_command_where_nothing_is_open(opened, database, commands):
    storage = opened()
    entries = [record(minutes=number) for number in range(3)]
    storage.append(entries)
    until_unmarked(database)
    for call, cost in (
        (lambda: storage.append([record()]), ["insert"]),
        (lambda: storage.fetch(query()), ["find"]),
        (lambda: storage.count(query()), ["aggregate"]),
        (lambda: storage.get(TENANT, [entries[0].id]), ["find"]),
        (lambda: storage.tenants(limit=9), ["aggregate"]),
        (lambda: storage.append([record(), record()]), ["update", "insert", "update", "update"]),
    ):
        commands.clear()
        call()
        assert commands == cost


@pytest.mark.usefixtures("standalone")
def test_what_says_that_a_batch_is_whole_is_forced_to_the_journal_once_all_is_written(opened, written):
    storage = opened()
    storage.append([record(number) for number in range(1, 2501)])
    before = written[: written.index(("activitylog_batches", True))]
    assert before.count(("activitylog_entries", False)) == 3
    storage.append([record(9000)])
    assert ("activitylog_entries", True) in written


def test_no_thread_before_the_first_batch_and_none_after_closing(url, opened):
    storage = opened()
    before = {thread.name for thread in threading.enumerate()}
    storage.append([record()])
    storage.fetch(query())
    assert "activitylog-batches" not in {thread.name for thread in threading.enumerate()} - before
    storage.append([record(), record()])
    assert "activitylog-batches" in {thread.name for thread in threading.enumerate()}
    storage.close()
    assert "activitylog-batches" not in {thread.name for thread in threading.enumerate()} - before


def test_the_timer_undoes_what_a_killed_writer_left(url, opened, database):
    storage = filled(opened())
    with Caller(url, "append", 5, signal.SIGKILL) as caller:
        caller.end()
    entries = database["activitylog_entries"]
    assert entries.count_documents({"pending": {"$exists": True}})
    until_unmarked(database)
    assert len(storage.fetch(query())) == calls.MANY


def test_a_batch_that_is_held_for_too_long_is_not_waited_for_for_ever(storage, database):
    [known] = [record(idempotency_key="k")]
    storage.append([known])
    line = uuid4()
    database["activitylog_entries"].update_many({}, {"$set": {"pending": line}})
    database["activitylog_batches"].insert_one(
        {"_id": line, "kind": "append", "tenant": TENANT, "state": "writing", "until": ABSENT}
    )
    for records in ([record(idempotency_key="k")], [record(), record(idempotency_key="k")]):
        with pytest.raises(WriteConflict) as caught:
            storage.append(records)
        assert caught.value.retry
    assert list(storage.fetch(query())) == []


def test_two_batches_with_their_keys_crossed_do_not_wait_for_each_other(storage):
    keys = [f"key {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        orders = [keys if number % 2 else keys[::-1] for number in range(8)]
        answers = list(threads.map(lambda order: storage.append([record(idempotency_key=k) for k in order]), orders))
    assert sum(answer.created for each in answers for answer in each) == len(keys)
    assert len(storage.fetch(query())) == len(keys)


def test_erasing_leaves_nothing_of_versions_that_were_about_to_be_written(storage, database):
    first = record(title="Kim")
    storage.append([first])
    stale = database["activitylog_entries"].find_one()
    storage.rewrite([(evolve(first, title="erased"), [])])
    entries = storage._store.process.entries()
    assert not entries._replaced(stale, evolve(first, version=2)), "it was read before it was erased"
    assert database["activitylog_versions"].count_documents({}) == 0
    assert [entry.title for entry in storage.fetch(query())] == ["erased"]
