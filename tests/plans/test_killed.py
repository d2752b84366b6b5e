"""Plans that several processes execute, and processes that are killed in the midst of it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from activitylog import ActivityLog, Draft, Plan, Ref
from effort import effort

pytestmark = pytest.mark.soak

EXECUTOR = Path(__file__).with_name("executor.py")
MEGABYTES_MAX = 200


def planned(log: ActivityLog, many: int) -> Plan:
    contacts = (Ref("contact", number, f"Contact {number}") for number in range(many))
    plan = log.plans.make(Draft("call", note="Invite them to the spring fair", tags=["fair"]), contacts)
    return plan.assign(["user:1", "user:2", "user:3"], seed=2026)


def start(url: str, plan: Plan) -> subprocess.Popen[str]:
    arguments = [sys.executable, str(EXECUTOR), url, plan.id]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def assert_each_once(log: ActivityLog, plan: Plan, many: int) -> None:
    found = Counter(subject.id for entry in log.everything() for subject in entry.subjects)
    assert found == Counter(map(str, range(many)))
    assert plan.report().counts() == {"created": many}


@pytest.mark.scenario("2.7")
def test_killed_three_times_and_resumed_it_reaches_everybody_once(shared_log: ActivityLog, store_url: str):
    many = effort(50_000, least=10_000)
    plan, chance = planned(shared_log, many), random.Random(many)
    for _ in range(3):
        process = start(store_url, plan)
        for _ in range(chance.randint(1, many // 500 // 4)):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert 0 < plan.report().counts()["created"] < many
    process = start(store_url, plan)
    out, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    *told, peak = out.splitlines()
    assert told[-1] == f"{many} {many}"
    assert int(peak.removeprefix("peak ")) < MEGABYTES_MAX
    assert_each_once(shared_log, plan, many)


def test_two_processes_that_execute_it_at_once_double_nothing(shared_log: ActivityLog, store_url: str):
    many = effort(5_000, least=2_000)
    plan = planned(shared_log, many)
    processes = [start(store_url, plan) for _ in range(2)]
    for process in processes:
        _, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
    assert_each_once(shared_log, plan, many)


def test_undone_while_a_process_executes_it_nothing_stays(shared_log: ActivityLog, store_url: str):
    plan = planned(shared_log, effort(20_000, least=5_000))
    process = start(store_url, plan)
    process.stdout.readline()
    shared_log.batch(plan.id).undo()
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "") or "NotAllowed" in errors
    assert not shared_log.everything().exists()
