"""Several processes on one file: exact under repeated keys, whole after a kill, one schema."""

import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from activitylog.storage import Fields, Position
from activitylog.testing.contract.samples import query, record
from activitylog_sql import open_storage
from effort import effort

BATCH = 7
WRITERS = effort(8, least=4)
MANY = effort(2_000, least=200)
WRITER = Path(__file__).with_name("writer.py")


class Writer:
    """A writing process, started on a signal."""

    def __init__(self, url, writer, many, batch=1):
        arguments = [sys.executable, WRITER, url, *map(str, (writer, many, batch))]
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def acknowledged(self):
        """Return (id, created, key) of all whose lines are complete."""
        with self.process:
            lines = self.process.stdout.read().split("\n")[:-1]
        return [(id, created == "1", key) for id, created, key in (line.split(" ", 2) for line in lines)]


def start(writers):
    """Let them begin together, once all are ready."""
    for writer in writers:
        assert writer.process.stdout.readline() == "ready\n"
    for writer in writers:
        writer.process.stdin.write("\n")
        writer.process.stdin.flush()


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'log.db'}"


def stored(url):
    storage = open_storage(url)
    entries, page = [], storage.fetch(query(limit=1000, fields=Fields.LIST))
    while page:
        entries += page
        last = page[-1]
        page = storage.fetch(query(limit=1000, fields=Fields.LIST, after=Position(last.occurred_at, last.id)))
    storage.close()
    return entries


def test_many_writers_with_repeated_keys(url):
    """The file does not exist before: its schema is made in the race, too."""
    writers = [Writer(f"{url}?synchronous=NORMAL", number, MANY) for number in range(WRITERS)]
    start(writers)
    answers = [answer for writer in writers for answer in writer.acknowledged()]
    assert [writer.process.returncode for writer in writers] == [0] * WRITERS
    assert len(answers) == WRITERS * MANY
    entries = {str(entry.id): entry.idempotency_key for entry in stored(url)}
    by_key = defaultdict(set)
    for id, _, key in answers:
        by_key[key].add(id)
    assert all(len(ids) == 1 for ids in by_key.values())
    assert entries == {next(iter(ids)): key for key, ids in by_key.items()}
    assert sum(created for _, created, _ in answers) == len(entries) < WRITERS * MANY


@pytest.mark.parametrize("after", range(effort(20, least=5)))
def test_killed_writer(url, after):
    """Killed after this many batches were acknowledged, which is at any place in the next."""
    writer = Writer(f"{url}?synchronous=NORMAL", 0, 100_000, BATCH)
    start([writer])
    seen = [writer.process.stdout.readline() for _ in range(BATCH * (after + 1))]
    writer.process.send_signal(signal.SIGKILL)
    rest = writer.acknowledged()
    acknowledged = {line.split(" ")[0] for line in seen} | {id for id, _, _ in rest}
    entries = stored(url)
    assert acknowledged <= {str(entry.id) for entry in entries}
    assert_no_half_batch(entries)
    storage = open_storage(url)
    assert storage.append([record(5)])[0].created
    storage.close()


def assert_no_half_batch(entries):
    numbers = {int(entry.title.split(" ")[2]) for entry in entries}
    for start in {number // BATCH * BATCH for number in numbers}:
        of_its_own = {number for number in range(start, start + BATCH) if number % 10}  # others may have been known
        assert of_its_own <= numbers


@pytest.mark.parametrize("attempt", range(effort(3, least=2)))
def test_one_schema_in_a_race(url, attempt):
    writers = [Writer(url, number, 2) for number in range(4)]
    start(writers)
    answers = [answer for writer in writers for answer in writer.acknowledged()]
    assert [writer.process.returncode for writer in writers] == [0] * 4
    assert {id for id, _, _ in answers} == {str(entry.id) for entry in stored(url)}
