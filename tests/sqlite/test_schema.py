"""The schema: made at first use, once; by the host's migrations; newer than the library."""

import sqlite3

import pytest
from sqlalchemy import Column, MetaData, Table, create_engine, inspect

from activitylog.errors import SchemaMismatch
from activitylog.testing.contract.samples import query, record
from activitylog_sql import include_object, open_storage, upgrade
from activitylog_sql._executor import Executor
from activitylog_sql._migration import run_steps
from activitylog_sql._schema import STEPS, Step
from activitylog_sql._sqlite import SQLITE

OURS = {"entries", "links", "versions", "documents", "schema"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


def tables(engine):
    return {name.removeprefix("activitylog_") for name in inspect(engine).get_table_names()}


def step_forward(path, kind):
    """Let a later library have been here: an artificial step more."""
    added = Step(
        STEPS[-1].number + 1, kind, ("ALTER TABLE activitylog_entries ADD COLUMN mood TEXT NOT NULL DEFAULT ''",)
    )
    with sqlite3.connect(path) as connection:
        run_steps(Executor(connection.cursor(), "?"), SQLITE, (*STEPS, added))
    connection.close()


def test_opening_touches_nothing(path):
    open_storage(f"sqlite:///{path}").close()
    assert not path.exists()


def test_the_first_call_creates_it(path):
    storage = open_storage(f"sqlite:///{path}")
    assert storage.fetch(query()) == []
    engine = create_engine(f"sqlite:///{path}")
    assert tables(engine) == OURS
    engine.dispose()
    storage.close()


def test_setup_is_repeatable(path):
    storage = open_storage(f"sqlite:///{path}")
    storage.setup()
    storage.append([record(1)])
    storage.setup()
    assert len(storage.fetch(query())) == 1
    storage.close()


def test_a_later_expand_step_is_no_obstacle(path):
    storage = open_storage(f"sqlite:///{path}")
    storage.append([record(1)])
    step_forward(path, "expand")
    other = open_storage(f"sqlite:///{path}")
    other.setup()
    for number, store in ((2, storage), (3, other)):
        assert store.append([record(number)])[0].created
        store.replace(record(number, version=2), expected_version=1)
    assert len(other.fetch(query())) == 3
    storage.close()
    other.close()


def test_a_later_contract_step_is_refused(path):
    earlier = open_storage(f"sqlite:///{path}")
    earlier.setup()
    earlier.close()
    step_forward(path, "contract")
    storage = open_storage(f"sqlite:///{path}")
    for call in (storage.setup, lambda: storage.append([record(1)]), lambda: storage.fetch(query())):
        with pytest.raises(SchemaMismatch, match="upgrade activitylog"):
            call()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection, pytest.raises(SchemaMismatch, match="upgrade activitylog"):
        storage.bound(connection).fetch(query())
    engine.dispose()
    storage.close()


def test_a_step_that_fails_leaves_nothing(path):
    storage = open_storage(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE activitylog_versions (theirs)")
    connection.close()
    with pytest.raises(SchemaMismatch):
        storage.setup()
    engine = create_engine(f"sqlite:///{path}")
    assert tables(engine) == {"versions"}
    engine.dispose()
    storage.close()


def test_upgrade_in_the_hosts_migration(path):
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        upgrade(connection)
        connection.rollback()
    assert tables(engine) == set()
    with engine.begin() as connection:
        upgrade(connection)
        upgrade(connection)
    assert tables(engine) == OURS
    storage = open_storage(f"sqlite:///{path}")
    assert storage.append([record(1)])[0].created
    storage.close()
    engine.dispose()


def test_autogenerate_leaves_our_tables_alone(path):
    storage = open_storage(f"sqlite:///{path}")
    storage.setup()
    storage.close()
    engine = create_engine(f"sqlite:///{path}")
    found = MetaData()
    found.reflect(engine)
    Table("invoices", found, Column("id"))
    kept = {
        table.name: include_object(table, table.name, "table", reflected=True, compare_to=None)
        for table in found.tables.values()
    }
    assert kept == dict.fromkeys((f"activitylog_{name}" for name in OURS), False) | {"invoices": True}
    entries = found.tables["activitylog_entries"]
    assert entries.indexes
    assert not any(include_object(one, one.name, "index", True, None) for one in entries.indexes)
    assert not include_object(entries.c.id, "id", "column", True, None)
    assert include_object(found.tables["invoices"].c.id, "id", "column", False, None)
    engine.dispose()
