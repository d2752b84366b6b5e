"""What is particular about drivers of Django's."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from activitylog_django.server_bound import ServerBoundCursor
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
@pytest.mark.parametrize("server_side_binding", [False, True])
def test_what_leaves_is_seen_by_wrappers_and_by_the_query_log(log, store, server_side_binding, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "server_side_binding", server_side_binding)
    monkeypatch.setattr(connection.features, "uses_server_side_binding", server_side_binding)
    log.record("note", "contact:1", note="Asked for a quote")
    seen = []

    def see(execute, statement, values, many, context):
        seen.append((statement, values))
        return execute(statement, values, many, context)

    with transaction.atomic(), connection.execute_wrapper(see), CaptureQueriesContext(connection) as asked:
        log.record("note", "contact:1", note="100 %s")
    connection.close()
    [(statement, values)] = seen
    assert "VALUES (%s, %s," in statement
    assert "100 %s" in values
    [told] = [query["sql"] for query in asked]
    assert ("'100 %s'" in told) == server_side_binding
    assert ("$1, $2," in told) != server_side_binding
    assert log.timeline("contact:1").first().note == "100 %s"


@pytest.mark.parametrize("store", ["postgresql"])
def test_a_percent_sign_of_a_statement_stays_one(db, store):
    connection.ensure_connection()
    with ServerBoundCursor(connection.connection) as cursor:
        cursor.execute("SELECT 5 %% 3, %s::text, '%%s', %s::text", ("a", "b"))
        assert cursor.fetchall() == [(2, "a", "%s", "b")]


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
