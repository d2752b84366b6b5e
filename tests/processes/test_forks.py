"""Processes that fork with a log in use, as servers that load the application once and then fork do."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable

import pytest

from activitylog import ActivityLog, Actor

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]
CHILDREN, MANY = 4, 50


def work(log: ActivityLog, name: str) -> None:
    """Record alone, in a batch and under a key that all share, and read it back."""
    with_name = Actor.system(name)
    for number in range(MANY):
        log.record("call", f"worker:{name}", title=name, actor=with_name)
        log.record("call", "worker:all", idempotency_key=f"shared {number}", on_repeat="first", actor=with_name)
    assert log.timeline(f"worker:{name}").count() == MANY


def fork(call: Callable[[], None]) -> int:
    """Call it in a child, which ends with 0 if nothing was raised."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        call()
        code = 0
    finally:
        os._exit(code)


def assert_exact(log: ActivityLog, names: set[str]) -> None:
    titles = Counter(entry.title for entry in log.everything() if entry.title)
    assert titles == dict.fromkeys(names, MANY)
    assert log.timeline("worker:all").count() == MANY


def test_children_and_their_parent_go_on_with_one_log(log: ActivityLog):
    log.record("call", "worker:before")
    children = [fork(lambda name=f"child {number}": work(log, name)) for number in range(CHILDREN)]
    work(log, "parent")
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * CHILDREN
    assert_exact(log, {"parent", *(f"child {number}" for number in range(CHILDREN))})


def test_a_child_of_a_child_goes_on_too_after_its_parent_has_closed_the_log(log: ActivityLog):
    log.record("call", "worker:before")

    def in_child() -> None:
        work(log, "child")
        grandchild = fork(lambda: work(log, "grandchild"))
        log.close()
        assert os.waitpid(grandchild, 0)[1] == 0

    child = fork(in_child)
    assert os.waitpid(child, 0)[1] == 0
    work(log, "parent")
    assert_exact(log, {"parent", "child", "grandchild"})


def test_a_pool_of_forked_workers(log: ActivityLog):
    log.record("call", "worker:before")
    workers = [multiprocessing.get_context("fork").Process(target=work, args=(log, str(n))) for n in range(CHILDREN)]
    for worker in workers:
        worker.start()
    work(log, "parent")
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * CHILDREN
    assert_exact(log, {"parent", *map(str, range(CHILDREN))})


def test_a_child_leaves_alone_what_its_parent_has_open(log: ActivityLog):
    page = log.record_many([])
    assert list(page) == []
    for _ in range(3):
        log.record("call", "worker:parent", title="parent")
        child = fork(log.close)
        assert os.waitpid(child, 0)[1] == 0
    assert log.timeline("worker:parent").count() == 3
