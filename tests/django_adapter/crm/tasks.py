"""The tests' Celery app, on a transport of files: broker and results lie in the folder that a variable names."""

from __future__ import annotations

import os
from pathlib import Path

import django
from celery import Celery
from django.conf import settings

from activitylog_django import get_log
from activitylog_django.celery import carry_scope

folder = Path(os.environ["CRM_BROKER"])

if not settings.configured:  # in the worker
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["CRM_DATABASE"]}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "activitylog_django"],
        ACTIVITYLOG={},
        SECRET_KEY="a secret of the tests",
        USE_TZ=True,
    )
    django.setup()

app = Celery("crm", broker="filesystem://", backend=f"file://{folder / 'results'}")
app.conf.broker_transport_options = {
    "data_folder_in": str(folder / "queue"),
    "data_folder_out": str(folder / "queue"),
    "control_folder": str(folder / "control"),
}
app.conf.worker_hijack_root_logger = False
carry_scope()


@app.task(name="crm.record")
def record(note: str) -> None:
    get_log().record("note", "contact:1", note=note)


@app.task(name="crm.pass_on")
def pass_on(note: str) -> str:
    return record.delay(note).id


@app.task(name="crm.fail")
def fail() -> None:
    raise RuntimeError("on second thoughts")
