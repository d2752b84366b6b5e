"""Celery: what is recorded in a task has the actor, the tenant and the facts of whoever asked for the task."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final

from celery.signals import before_task_publish, task_postrun, task_prerun

from activitylog import scope
from activitylog_django.log import site
from activitylog_django.requests import ambient

__all__ = ["carry_scope"]

HEADER: Final = "activitylog"

_open: Final[dict[str, ExitStack]] = {}


def carry_scope() -> None:
    """Have all tasks of this process carry the scope in their headers, and run within it: in the site's celery.py.

    A task that is sent from a task carries it on. Tasks that run at once (``task_always_eager``) are in the scope
    anyway.
    """
    before_task_publish.connect(_send, weak=False, dispatch_uid="activitylog")
    task_prerun.connect(_enter, weak=False, dispatch_uid="activitylog")
    task_postrun.connect(_leave, weak=False, dispatch_uid="activitylog")


def _send(headers: Any = None, **_: Any) -> None:
    if headers is not None:
        with ambient(site().configuration):
            headers.setdefault(HEADER, scope.capture())


def _enter(task_id: str, task: Any, **_: Any) -> None:
    captured = task.request.get(HEADER)
    if captured is not None:  # of a header that is none of ours Celery logs the error, and runs the task
        stack = ExitStack()
        stack.enter_context(scope.restore({**captured, "context": {**captured.get("context", {}), "origin": "job"}}))
        _open[task_id] = stack


def _leave(task_id: str, **_: Any) -> None:
    stack = _open.pop(task_id, None)
    if stack is not None:
        stack.close()
