"""Several processes on one store, and writers that are killed in the midst."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from activitylog import ActivityLog
from effort import effort

pytestmark = pytest.mark.soak

WRITER = Path(__file__).with_name("writer.py")
WRITERS = effort(8, least=4)
MANY = effort(2_000, least=200)
KILLS = effort(20, least=3)


def start(url: str, seed: int, many: int, batch: int, percent: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, str(WRITER), url, str(seed), str(many), str(batch), str(percent)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def acknowledged(lines: list[str]) -> list[tuple[UUID, bool, str]]:
    found = [line.rstrip("\n").split(" ", 2) for line in lines if line.endswith("\n")]
    return [(UUID(id), created == "True", key) for id, created, key in found]


@pytest.mark.parametrize("batch", [1, 20])
def test_many_processes_write_exactly_the_distinct_ones(shared_url: str, log: ActivityLog, batch: int):
    processes = [start(shared_url, seed, MANY, batch, 10) for seed in range(WRITERS)]
    answers = []
    for process in processes:
        out, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
        answers += acknowledged(out.splitlines(keepends=True))
    stored = {entry.id: entry.idempotency_key for entry in log.everything()}
    assert len(answers) == WRITERS * MANY
    assert Counter(stored.values()) == Counter({key for _, _, key in answers}), "each key once"
    assert {id: key for id, _, key in answers} == stored, "every answer is the id under which the key is stored"
    assert sum(created for _, created, _ in answers) == len(stored)


def test_a_killed_writer_loses_nothing_acknowledged_and_leaves_no_half_batch(shared_url: str, log: ActivityLog):
    kept: set[UUID] = set()
    for run in range(KILLS):
        process = start(shared_url, run, 700_000, 7, 0)
        lines = [process.stdout.readline() for _ in range(21 + 7 * run)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
        process.communicate()
        kept |= {id for id, _, _ in acknowledged(lines)}
        assert log.record("call", "contact:1").created
    assert kept <= {entry.id for entry in log.everything()}
    batches = Counter(entry.title for entry in log.everything() if entry.title)
    assert set(batches.values()) == {7}, "a batch shares its title"
