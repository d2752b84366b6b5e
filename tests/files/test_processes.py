"""Processes that are killed with files in their hands, and processes that quarrel over one content."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activitylog import ActivityLog, Attachment
from effort import effort

pytestmark = pytest.mark.soak

WRITER = Path(__file__).with_name("writer.py")
LATER = timedelta(hours=2)

Contents = Callable[[], list[Path]]


@pytest.fixture
def shared(shared_log: ActivityLog) -> ActivityLog:
    shared_log.record("call", "contact:0")  # the store is there when others come
    return shared_log


@pytest.fixture
def start(store_url: str, folder: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    with ExitStack() as started:

        def give(work: str) -> subprocess.Popen[str]:
            command = [sys.executable, str(WRITER), work, store_url, str(folder)]
            pipe = subprocess.PIPE
            process = started.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
            started.callback(process.kill)
            return process

        yield give


@pytest.mark.parametrize(("work", "left"), [("die_before_the_entry", 1), ("die_while_reading", 0)])
def test_a_writer_that_is_killed_leaves_no_entry_and_what_it_kept_is_swept(
    shared: ActivityLog, start: Callable[[str], Any], contents: Contents, clock: Any, work: str, left: int
):
    process = start(work)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (-signal.SIGKILL, "")
    assert shared.timeline("contact:1").count() == 0
    assert shared.files.sweep() == 0, "for an hour it counts as being written"
    assert sum("content" in path.parts for path in contents()) == left
    clock.ahead = LATER
    assert shared.files.sweep() == left
    assert contents() == []
    assert list(shared.storage.documents("default", "file", limit=10)) == []


def test_writers_that_are_killed_at_any_moment(
    shared: ActivityLog, start: Callable[[str], Any], contents: Contents, clock: Any
):
    acknowledged: set[str] = set()
    for run in range(effort(10, least=4)):
        process = start("go_on")
        lines = [process.stdout.readline() for _ in range(3 + 2 * run)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
        process.wait()
        acknowledged |= {line.split()[1] for line in lines if line.endswith("\n")}
    entries = list(shared.timeline("contact:1"))
    assert acknowledged <= {str(entry.id) for entry in entries}
    clock.ahead = LATER
    shared.files.sweep()
    owned = {attachment.sha256 for entry in entries for attachment in entry.attachments}
    assert {path.name for path in contents()} == owned
    for entry in entries:
        for attachment in entry.attachments:
            with shared.files.open(entry, attachment) as file:
                assert len(file.read()) == attachment.size


def test_two_processes_remove_the_last_owners_while_a_third_adds_the_same(
    shared: ActivityLog, start: Callable[[str], Any], contents: Contents
):
    processes = [start("obey") for _ in range(3)]

    def all_at_once(*commands: str) -> list[str]:
        for process, command in zip(processes, commands, strict=False):
            process.stdin.write(command + "\n")
            process.stdin.flush()
        return [process.stdout.readline().strip() for process, _ in zip(processes, commands, strict=False)]

    for _ in range(effort(15, least=5)):
        one, other = (shared.record("call", "contact:1", attachments=[Attachment(b"same")]) for _ in range(2))
        third = shared.record("call", "contact:1")
        removals = [f"{entry.id} remove {entry.attachments[0].id}" for entry in (one, other)]
        *_, added = all_at_once(*removals, f"{third.id} add same")
        with shared.files.open(third, added) as file:
            assert file.read() == b"same"
        fourth = shared.record("call", "contact:1", attachments=[Attachment(b"same")])
        removals = [f"{third.id} remove {added}", f"{fourth.id} remove {fourth.attachments[0].id}"]
        assert all_at_once(*removals) == ["removed", "removed"]
        assert contents() == []
    for process in processes:
        assert process.communicate()[1] == ""
