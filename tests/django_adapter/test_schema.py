"""The tables by Django's migrations and models, and by the backend's own steps: they are the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.apps import apps
from django.core.management import call_command, execute_from_command_line
from django.db import connections
from django.db.migrations.exceptions import IrreversibleError
from django.test import override_settings

from activitylog import ActivityLog, Actor
from activitylog.errors import NotAllowed, SchemaMismatch, Unsupported
from activitylog.storage import Mention
from activitylog_django import get_log, migrations
from activitylog_django.models import Document, Entry, EntryVersion, Link, SchemaStep
from activitylog_django.operations import RunSteps
from activitylog_sql._columns import Kind
from activitylog_sql._schema import SCHEMA, STEPS, STEPS_TABLE, Table
from django_adapter.conftest import described, standing_in

STORES = ("sqlite", "postgresql", "mysql")
TYPES = "django_adapter.crm.activities.types"
NOON = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
FIELDS = {
    Kind.ID: "IdField",
    Kind.KEY: "KeyField",
    Kind.TEXT: "TextField",
    Kind.TIME: "InstantField",
    Kind.FLAG: "BooleanField",
    Kind.NUMBER: "IntegerField",
    Kind.JSON: "JsonField",
    Kind.LIST: "TextsField",
    Kind.TABLE: "JsonField",
}


class Router:
    """Sends the log's tables, and the tokens, to the second database."""

    def db_for_read(self, model, **hints):
        return "second" if model._meta.app_label == "activitylog" else None

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return (db == "second") == (app_label == "activitylog")


def test_the_models_are_the_tables_of_the_backend_column_by_column():
    tables = [change for step in STEPS for change in step.changes if isinstance(change, Table)]
    models = {model._meta.db_table: model for model in apps.get_app_config("activitylog").get_models()}
    assert set(models) == {SCHEMA, *(table.name for table in tables)}
    for table in (STEPS_TABLE, *tables):
        fields = {field.column: type(field).__name__ for field in models[table.name]._meta.fields}
        assert fields == {name: FIELDS[kind] for name, kind in table.columns.items()}, table.name


def test_the_migrations_run_every_step_of_the_backend():
    operations = [
        operation
        for module in iter_modules(migrations.__path__)
        for operation in import_module(f"{migrations.__name__}.{module.name}").Migration.operations
        if isinstance(operation, RunSteps)
    ]
    assert max(operation.upto for operation in operations) == STEPS[-1].number


@pytest.mark.parametrize("store", STORES)
def test_migrations_and_the_library_make_the_same_tables(store, db, fresh_database):
    def shape() -> dict:
        introspection = connections["default"].introspection
        with connections["default"].cursor() as cursor:
            return {
                table: (
                    [column[:7] for column in introspection.get_table_description(cursor, table)],
                    introspection.get_constraints(cursor, table),
                )
                for table in sorted(introspection.table_names(cursor))
                if table.startswith("activitylog_")
            }

    migrated = shape()
    assert len(migrated) == 5
    url = fresh_database(store)
    log = ActivityLog(url)
    log.migrate()
    log.close()
    with standing_in("default", described(url)):
        assert shape() == migrated


def test_migrations_go_on_from_partitioned_tables(fresh_database):
    log = ActivityLog(url := fresh_database("postgresql"))
    log.migrate(partitions=2)
    log.close()
    with standing_in("default", described(url)), override_settings(ACTIVITYLOG={"TYPES": TYPES}):
        call_command("migrate", verbosity=0, run_syncdb=True)
        get_log().record("note", "contact:1", actor=Actor.system("import"))
        assert get_log().everything().count() == Entry.objects.count() == 1
        with pytest.raises(Unsupported, match="before them"):
            get_log().migrate(partitions=2)


def test_makemigrations_has_nothing_to_do(db):
    call_command("makemigrations", "activitylog", check=True, dry_run=True, verbosity=0)


def test_there_is_no_way_back_and_a_second_run_does_nothing(log):
    log.record("note", "contact:1")
    call_command("migrate", "activitylog", verbosity=0)
    with pytest.raises(IrreversibleError):
        call_command("migrate", "activitylog", "zero", verbosity=0)
    assert log.everything().count() == 1


@pytest.mark.parametrize("store", STORES)
def test_the_orm_reads_the_values_that_the_log_gives(log, store):
    told = log.record(
        "task",
        "contact:1",
        "company:ä b ",
        note="Größe: 5'6\"",
        title="T",
        tags=["b", "a"],
        readers=["auth.user:1", "*"],
        occurred_at=NOON,
        due_at=NOON,
        data={"z": 1, "a": [1.5, None, "ä"]},
        idempotency_key="k",
        pinned=True,
    )
    log.transition(told, "done")
    told = log.get(told)
    row = Entry.objects.get(id=told.id)
    for name in (
        "id",
        "tenant",
        "type",
        "note",
        "title",
        "occurred_at",
        "recorded_at",
        "due_at",
        "status",
        "version",
        "ended_at",
        "deleted_at",
        "archived_at",
        "pinned",
        "idempotency_key",
        "data",
        "category",
    ):
        assert getattr(row, name) == getattr(told, name, None) or name in ("deleted_at", "archived_at"), name
    assert (row.deleted_at, row.archived_at) == (None, None)
    assert (tuple(row.tags), tuple(row.readers)) == (told.tags, ("*", "auth.user:1"))
    assert row.actor == str(told.actor.ref)
    assert [Mention(*link).ref for link in row.links] == ["contact:1", "company:ä b "]
    assert json.dumps(row.data) == '{"z": 1, "a": [1.5, null, "\\u00e4"]}'
    links = Link.objects.filter(ref="company:ä b ", occurred_at=NOON, id=told.id)
    assert [link.occurred_at for link in links] == [NOON]
    assert list(Link.objects.filter(ref="company:ä b").values_list("ref")) == []
    assert Entry.objects.filter(ended_at__isnull=True, due_at__isnull=False, occurred_at__lt=NOON).count() == 0
    assert Entry.objects.filter(ended_at__isnull=True, due_at__isnull=False, occurred_at__lte=NOON).count() == 1
    assert EntryVersion.objects.get(id=told.id).version == 1
    assert SchemaStep.objects.get(number=1).applied_at.tzinfo is UTC
    assert set(Document.objects.values_list("tenant", flat=True)) == {"default"}
    plain = log.record("note", "contact:1")
    row = Entry.objects.get(pk=plain.id)
    assert (row.data, row.changes, row.context, row.idempotency_key, row.tags) == (None, None, None, None, [])
    assert Entry.objects.order_by("-occurred_at").first() == row


def test_a_naive_time_in_a_query_is_refused(db):
    with pytest.raises(ValueError, match="an aware time is expected"):
        Entry.objects.filter(occurred_at=datetime(2026, 3, 1)).exists()  # noqa: DTZ001


def test_the_orm_writes_nothing(log):
    log.record("note", "contact:1")
    row = Entry.objects.get()
    for write in (
        row.save,
        row.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(note="x"),
        lambda: Entry.objects.create(note="x"),
        lambda: Entry.objects.bulk_create([row]),
    ):
        with pytest.raises(NotAllowed, match="written by the log, not by the ORM"):
            write()
    assert Entry.objects.get().note == ""


def test_without_the_migration_the_error_names_it_and_the_check_too(fresh_database, db, capsys):
    new = described(fresh_database("sqlite"))
    with standing_in("default", new), override_settings(ACTIVITYLOG={"TYPES": TYPES}):
        with pytest.raises(SchemaMismatch, match=r"has no tables of activitylog: run `manage.py migrate activitylog`"):
            get_log().record("note", "contact:1")
        execute_from_command_line(["manage.py", "check", "--database", "default"])
        assert "(activitylog.W005) SQLite (default) has no tables of activitylog" in capsys.readouterr().err
        execute_from_command_line(["manage.py", "migrate", "--run-syncdb", "--verbosity", "0"])
        get_log().record("note", "contact:1")
        capsys.readouterr()
        execute_from_command_line(["manage.py", "check", "--database", "default"])
        assert "activitylog" not in capsys.readouterr().err


@pytest.fixture
def routed(tmp_path, db):
    """The log's tables belong into the second database, which is new."""
    database = described(f"sqlite:///{tmp_path / 'second.db'}")
    with standing_in("second", database), override_settings(DATABASE_ROUTERS=[f"{__name__}.Router"]):
        yield


def test_routers_say_where_the_tables_are(routed):
    call_command("migrate", "activitylog", database="second", verbosity=0)
    get_log().record("note", "contact:1", note="elsewhere")
    assert Entry.objects.get().note == "elsewhere"
    assert not Entry.objects.using("default").exists()


def test_routers_say_which_database_has_no_tables(routed, fresh_database):
    with standing_in("default", described(fresh_database("sqlite"))):
        with connections["default"].schema_editor() as editor:
            RunSteps(upto=1).database_forwards("activitylog", editor, None, None)
        assert "activitylog_entries" not in connections["default"].introspection.table_names()
