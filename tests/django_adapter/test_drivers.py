"""What is particular about drivers of Django's."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from django_adapter.conftest import described
from django_adapter.crm.models import Contact

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


@pytest.mark.parametrize("store", ["postgresql"])
def test_statements_and_their_values_go_to_postgresql_apart(log, store):
    log.record("note", "contact:1", note="Asked for a quote")
    seen = []

    def see(execute, statement, values, many, context):
        seen.append((statement, values))
        return execute(statement, values, many, context)

    with transaction.atomic(), connection.execute_wrapper(see), CaptureQueriesContext(connection) as asked:
        log.record("note", "contact:1", note="Asked again")
    [(statement, values)] = seen
    assert [query["sql"] for query in asked] == [statement]
    assert "$1, $2," in statement
    assert "Asked again" not in statement
    assert "Asked again" in values


@pytest.mark.parametrize("store", ["postgresql"])
@pytest.mark.parametrize("threshold", [None, 1])
def test_statements_are_prepared_where_the_host_lets_its_driver(log, store, threshold, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "prepare_threshold", threshold)
    kim = Contact.objects.create(name="Kim")
    for name in ("Kim W.", "Kim Weber"):
        kim.name = name
        kim.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%INTO activitylog_entries%'")
        prepared = cursor.fetchall()
    connection.close()
    assert len(prepared) == (0 if threshold is None else 1)
    assert [entry.type for entry in log.timeline(kim)] == ["record.changed", "record.changed", "record.created"]
