"""Tasks carry the scope of whoever asked for them: to a real worker, and to tasks that these send."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import RequestFactory

from activitylog import Actor, Context, scope
from activitylog_django.requests import within


@pytest.fixture
def tasks(tmp_path, monkeypatch, db):
    """The module of tasks, on a queue of its own."""
    for name in ("results", "queue", "control"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("CRM_BROKER", str(tmp_path))
    monkeypatch.setenv("CRM_DATABASE", str(connection.settings_dict["NAME"]))
    module = importlib.import_module("django_adapter.crm.tasks")
    module = importlib.reload(module)
    yield module
    module.app.close()


@pytest.fixture
def worker(tasks, tmp_path, repository) -> Iterator[None]:
    """A real worker, in a process of its own."""
    command = ["-m", "celery", "-A", "django_adapter.crm.tasks", "worker", "--pool=solo", "--loglevel=warning"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{repository / 'tests'}:{os.environ.get('PYTHONPATH', '')}",
        "C_FORCE_ROOT": "1",
    }
    with (tmp_path / "worker.log").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *command, *quiet], env=environment, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT
        )
    yield
    process.kill()
    process.wait(30)


def test_a_worker_records_in_the_scope_of_who_asked(log, tasks, worker, db):
    lea = User.objects.create_user("lea", first_name="Lea", last_name="Müller")
    request = RequestFactory().get("/", headers={"X-Request-ID": "r1"})
    request.user = lea
    with within(request):
        first = tasks.record.delay("from a request")
    with scope(actor=Actor.user(3, "Tom"), context=Context(origin="api", ip="192.0.2.9")):
        second = tasks.pass_on.delay("from a task of a task")
        third = tasks.fail.delay()
    fourth = tasks.record.delay("from nobody")
    odd = [{"actor": 5}, "nonsense", {"context": 5}, {"context": {"origin": 5}}]
    others = [
        tasks.record.apply_async([f"with a header of another program: {header}"], headers={"activitylog": header})
        for header in odd
    ]
    first.get(timeout=60, interval=0.05)
    tasks.app.AsyncResult(second.get(timeout=60, interval=0.05)).get(timeout=60, interval=0.05)
    with pytest.raises(RuntimeError, match="on second thoughts"):
        third.get(timeout=60, interval=0.05)
    for result in (fourth, *others):
        result.get(timeout=60, interval=0.05)
    told = {entry.note: (entry.actor.label, entry.context) for entry in log.timeline("contact:1")}
    assert told == {
        "from a request": ("Lea Müller", Context(origin="job", ip="127.0.0.1", request_id="r1")),
        "from a task of a task": ("Tom", Context(origin="job", ip="192.0.2.9")),
        "from nobody": ("django", Context(origin="job")),
        **{f"with a header of another program: {header}": ("django", Context()) for header in odd[:3]},
        f"with a header of another program: {odd[3]}": ("django", Context(origin="job")),
    }


def test_a_task_that_runs_at_once_is_in_the_scope_anyway(log, tasks):
    tasks.app.conf.task_always_eager = True
    with scope(actor=Actor.user(3, "Tom")):
        tasks.record.delay("at once")
    assert [(entry.note, entry.actor.label) for entry in log.timeline("contact:1")] == [("at once", "Tom")]
