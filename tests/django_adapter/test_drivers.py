"""Drivers of Django's that the log does not work with."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from django_adapter.conftest import described

PROGRAM = """
import json, sys

sys.modules["psycopg"] = None  # as where only psycopg2 is installed

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
import django

apps = ["django.contrib.contenttypes", "django.contrib.auth", "activitylog_django"]
settings.configure(DATABASES={"default": json.loads(sys.argv[1])}, INSTALLED_APPS=apps)
django.setup()
call_command("migrate", "contenttypes", verbosity=0)
print(connection.Database.__name__)
try:
    call_command("migrate", "activitylog", verbosity=0)
except ImproperlyConfigured as error:
    print(error)
print(sorted(name for name in connection.introspection.table_names() if name.startswith("activitylog")))
"""


@pytest.mark.parametrize("store", ["postgresql"])
def test_psycopg2_is_refused_before_anything_is_made(store, fresh_database):
    database = json.dumps(described(fresh_database(store)))
    done = subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM, database], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    driver, refusal, tables = done.stdout.splitlines()
    assert (driver, tables) == ("psycopg2", "[]")
    assert "the database 'default' has psycopg2: install \"psycopg[binary]\"" in refusal
