"""The schema on a server: asked for, made in steps by one process at a time, completed, expanded, and refused."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from sqlalchemy import Column, MetaData, Table, inspect

from activitylog.cli import main
from activitylog.errors import ActivityNotFound, SchemaMismatch, StorageError
from activitylog.storage import Document
from activitylog.testing.contract.samples import KIM, TENANT, link, newer, query, record
from activitylog_sql import include_object, upgrade
from activitylog_sql._migration import run_step
from activitylog_sql._schema import STEPS, Step

OURS = {"entries", "links", "versions", "documents", "schema"}
NEXT = STEPS[-1].number + 1
MOOD = "ALTER TABLE activitylog_entries ADD COLUMN mood INTEGER NOT NULL DEFAULT 0"


def tables(engine):
    return {name.removeprefix("activitylog_") for name in inspect(engine).get_table_names()}


def columns(engine, table):
    return {column["name"] for column in inspect(engine).get_columns(f"activitylog_{table}")}


@contextmanager
def changing(storage):
    """Give what a run of the steps works with: an executor, and a transaction for each step."""
    database = storage._work.database
    with database._taken() as connection:
        executor = database.executor(connection)
        with database.migrating(executor):
            yield executor, database.changing(connection)


def run_later_step(storage, step):
    """Do what ``setup`` of a later library does with its own step."""
    with storage._work.database.mapped, changing(storage) as (executor, begun), begun:
        run_step(executor, storage._dialect, step)


# -- a database without the schema -------------------------------------------------------------------------------------


def test_without_the_schema_every_call_says_what_to_run_and_makes_nothing(fresh_url, opened, make_engine):
    storage, one = opened(fresh_url), record(1)
    for call in (
        lambda: storage.append([one]),
        lambda: storage.append([one, record(2)]),
        lambda: storage.get(TENANT, [one.id]),
        lambda: storage.fetch(query()),
        lambda: storage.fetch(query(KIM)),
        lambda: storage.count(query()),
        lambda: storage.replace(newer(one), expected_version=1),
        lambda: storage.versions(TENANT, one.id, limit=1),
        lambda: storage.delete(query(), limit=1),
        lambda: storage.rewrite([(one, ())]),
        lambda: storage.load([(one, ())]),
        lambda: storage.put_document(Document(TENANT, "k", "n", "{}"), expected_version=0),
        lambda: storage.documents(TENANT, "k", limit=1),
        lambda: storage.tenants(limit=1),
        lambda: storage.explain(query()),
        lambda: storage.transaction().__enter__(),
    ):
        with pytest.raises(SchemaMismatch, match=r"activitylog migrate --store URL.*log\.migrate\(\)"):
            call()
    assert tables(make_engine(fresh_url)) == set()


def test_without_the_schema_a_log_says_so(fresh_url, open_log, make_engine):
    log = open_log(fresh_url)
    with pytest.raises(SchemaMismatch, match="migrate") as caught:
        log.record("call", KIM)
    assert [draft.what for draft in caught.value.drafts] == ["call"]
    for call in (log.timeline(KIM).page, log.timeline(KIM).count, lambda: list(log.everything())):
        with pytest.raises(SchemaMismatch, match="migrate"):
            call()
    with make_engine(fresh_url).connect() as host, pytest.raises(SchemaMismatch, match="migrate"):
        log.bound_to(host).record("call", KIM)
    assert tables(make_engine(fresh_url)) == set()
    log.migrate()
    assert log.record("call", KIM).created


def test_without_the_schema_commands_say_so(fresh_url, capsys, make_engine):
    for argv in (["timeline", KIM], ["stats"], ["export", "-"]):
        assert main([*argv, "--store", fresh_url]) == 1
        said = capsys.readouterr()
        assert "activitylog migrate --store URL" in said.err
        assert "Traceback" not in said.err
    assert tables(make_engine(fresh_url)) == set()


def test_migrate_from_the_command_line(fresh_url, opened, capsys, make_engine):
    storage = opened(fresh_url)
    for options, indexed in (([], False), (["--search-index"], True), ([], True), (["--no-search-index"], False)):
        assert main(["migrate", "--store", fresh_url, *options]) == 0
        assert capsys.readouterr().out.startswith("the store's schema is up to date")
        assert main(["stats", "--store", fresh_url]) == 0
        capsys.readouterr()
        storage.setup()
        assert storage._work.database.indexed is indexed
    assert tables(make_engine(fresh_url)) == OURS


# -- one process at a time ---------------------------------------------------------------------------------------------


def test_setup_is_repeatable(fresh_url, opened):
    storage, other = opened(fresh_url), opened(fresh_url)
    storage.setup()
    storage.append([record(1)])
    for each in (storage, other, storage):
        each.setup()
        assert len(each.fetch(query())) == 1


def test_four_processes_make_one_schema(fresh_url, opened):
    command = [sys.executable, "-m", "activitylog", "migrate", "--search-index", "--store", fresh_url]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
    ended = [(process.communicate()[1], process.returncode) for process in processes]
    assert ended == [(b"", 0)] * 4
    storage = opened(fresh_url)
    assert storage.append([record(1)])[0].created
    assert storage._work.database.indexed


def test_eight_threads_make_one_schema_with_its_index(fresh_url, opened):
    stores = [opened(fresh_url) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda storage: storage.setup(search_index=True), stores))
    assert stores[0].append([record(1)])[0].created


def test_a_host_waits_for_another_migration_too(fresh_url, opened, make_engine, shell):
    """The lock is the same for ``setup`` and for ``upgrade`` in a host's own migration."""
    watching, storage = shell(fresh_url), opened(fresh_url)
    engine = make_engine(fresh_url)
    storage.setup()

    def upgraded():
        with engine.begin() as connection:
            upgrade(connection)

    for migration in (upgraded, opened(fresh_url).setup):
        with ThreadPoolExecutor(1) as threads:
            with changing(storage) as (executor, begun):
                waiting = threads.submit(migration)
                watching.waits_for_migration()
                assert not waiting.done()
                with begun:
                    run_step(executor, storage._dialect, Step(NEXT, "expand", ()))
                    executor.run("DELETE FROM activitylog_schema WHERE number = ?", ((NEXT,),))
            waiting.result()


def test_four_hosts_upgrade_at_once(fresh_url, opened, make_engine):
    engine = make_engine(fresh_url)

    def run(_):
        with engine.begin() as connection:
            upgrade(connection)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, range(4)))
    assert opened(fresh_url).append([record(1)])[0].created


def test_what_waits_for_the_lock_can_be_ended(fresh_url, opened, shell):
    """A migration that is cut off while it waits leaves no trace, and the lock to others."""
    watching, storage, other = shell(fresh_url), opened(fresh_url), opened(fresh_url)
    with ThreadPoolExecutor(1) as threads, changing(storage):
        waiting = threads.submit(other.setup)
        watching.end(*watching.waits_for_migration())
        with pytest.raises(StorageError) as caught:
            waiting.result()
        assert caught.value.retry
    other.setup()
    assert storage.append([record(1)])[0].created


# -- steps that are cut off, and later ones ----------------------------------------------------------------------------


def test_a_step_that_is_cut_off_is_completed_by_another_run(url, store, opened, make_engine):
    storage = opened(url)
    storage.append([record(1)])
    second = "ALTER TABLE activitylog_documents ADD COLUMN mood INTEGER NOT NULL DEFAULT {}"
    broken = Step(NEXT, "expand", (MOOD, second.format("nothing_of_this_name")))
    with pytest.raises(StorageError):
        run_later_step(storage, broken)
    engine = make_engine(url)
    try:
        assert ("mood" in columns(engine, "entries")) is (store == "mysql")  # it commits each change of a table
        assert "mood" not in columns(engine, "documents")
        assert storage.append([record(2)])[0].created
        run_later_step(storage, Step(NEXT, "expand", (MOOD, second.format("0"))))
        assert {"mood"} <= columns(engine, "entries") & columns(engine, "documents")
        assert storage.append([record(3)])[0].created
    finally:
        forget_mood(engine, "entries", "documents")


def forget_mood(engine, *changed):
    """Take a database back to the steps that this library knows, for the tests that come after."""
    with engine.begin() as connection:
        for table in changed:
            if "mood" in columns(engine, table):
                connection.exec_driver_sql(f"ALTER TABLE activitylog_{table} DROP COLUMN mood")
        connection.exec_driver_sql(f"DELETE FROM activitylog_schema WHERE number = {NEXT}")


def test_the_first_step_cut_off_is_completed(fresh_url, opened, store, make_engine):
    engine = make_engine(fresh_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE activitylog_documents (theirs INTEGER)")
    storage = opened(fresh_url)
    if store == "mysql":  # which cannot tell it from one that a run has left
        storage.setup()
        with pytest.raises(SchemaMismatch):
            storage.documents(TENANT, "k", limit=1)
        return
    with pytest.raises(SchemaMismatch):
        storage.setup()
    assert tables(engine) == {"documents"}
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE activitylog_documents")
    storage.setup()
    assert tables(engine) == OURS


def test_setup_killed_in_the_first_step(fresh_url, opened, monkeypatch, shell):
    """Ended between any two statements, it is completed by the next run."""
    watching = shell(fresh_url)
    for number in range(1, 12):
        storage = opened(fresh_url)
        end_before_change(monkeypatch, storage, number, watching)
        with pytest.raises(StorageError) as caught:
            storage.setup()
        monkeypatch.undo()
        assert caught.value.retry
        with pytest.raises(SchemaMismatch, match="has no tables of activitylog"):
            storage.fetch(query())
    storage.setup()
    assert storage.append([record(1), record(2)])[1].created
    storage.replace(newer(record(1)), expected_version=1)
    storage.put_document(Document(TENANT, "k", "n", "{}"), expected_version=0)


def end_before_change(monkeypatch, storage, number, watching):
    dialect, calls = storage._dialect, []
    change = type(dialect).change

    def counted(self, executor, statement):
        calls.append(statement)
        if len(calls) == number:
            watching.end(*watching.sessions())
        change(self, executor, statement)

    monkeypatch.setattr(type(dialect), "change", counted)


def test_an_older_library_goes_on_writing_while_the_store_is_expanded(url, opened, make_engine):
    storage, later = opened(url), opened(url)
    storage.append([record(number) for number in range(1, 1001)])
    begun, ended = Event(), Event()

    def write(first):
        number = first
        while number < first + 5 or not ended.is_set():
            number += 1
            storage.append([record(number)])
            storage.replace(newer(record(number), title="new"), expected_version=1)
            storage.append([record(number + 1000), record(number + 2000)])
            if number == first + 5:
                begun.set()
        return number - first

    with ThreadPoolExecutor(3) as threads:
        writing = [threads.submit(write, 10_000 * thread) for thread in (1, 2, 3)]
        try:
            assert begun.wait(30)
            run_later_step(later, Step(NEXT, "expand", (MOOD, "UPDATE activitylog_entries SET mood = 1")))
        finally:
            ended.set()
        written = sum(each.result() for each in writing)
    try:
        assert storage.count(query())[0].numbers == (1000 + 3 * written,)
        newcomer = opened(url)
        newcomer.setup()
        assert newcomer.append([record(1)]) == storage.append([record(1)])
        assert newcomer.count(query())[0].numbers == (1000 + 3 * written,)
        assert later.load([(record(90_000), ())]) == 1
        assert later.delete(query(), limit=10) == 10
    finally:
        forget_mood(make_engine(url), "entries")


@contextmanager
def told(engine, steps):
    """Have the store say meanwhile that it has these steps, as the library of its time took it."""
    marks = ", ".join(f"({step.number}, '{step.kind}', '2026-11-24 00:00:00')" for step in steps)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO activitylog_schema (number, kind, applied_at) VALUES {marks}")
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM activitylog_schema WHERE number >= {steps[0].number}")


def test_a_store_of_the_first_step_is_brought_up_to_date_with_what_it_holds(fresh_url, opened, make_engine):
    older, engine = opened(fresh_url), make_engine(fresh_url)
    run_later_step(older, STEPS[0])
    kept = [record(number, links=(link(KIM), link(f"company:{number % 7}"))) for number in range(1, 301)]
    with pytest.raises(SchemaMismatch, match="older than this library: run `activitylog migrate"):
        older.load([(one, ()) for one in kept])
    with told(engine, STEPS[1:]):
        assert older.load([(one, ()) for one in kept]) == 300
    for _ in range(2):
        opened(fresh_url).setup()
    assert older.count(query(KIM))[0].numbers == (300,)
    assert len(older.fetch(query("company:3", limit=1_000))) == 300 // 7 + 1
    older.replace(newer(record(1), title="new"), expected_version=1)
    assert older.delete(query(KIM), limit=1_000) == 300
    key = inspect(engine).get_pk_constraint("activitylog_links")["constrained_columns"]
    longer = ["type", "actor", "status", "audience"] if engine.dialect.name == "postgresql" else []
    assert key == ["tenant", "ref", "occurred_at", "id", *longer]


def test_a_store_that_a_later_library_has_contracted_is_refused(fresh_url, opened, make_engine):
    earlier = opened(fresh_url)
    earlier.setup()
    earlier.append([record(1)])
    run_later_step(earlier, Step(NEXT, "contract", (MOOD,)))
    storage, engine = opened(fresh_url), make_engine(fresh_url)
    for call in (
        storage.setup,
        lambda: storage.append([record(2)]),
        lambda: storage.fetch(query()),
        lambda: storage.transaction().__enter__(),
    ):
        with pytest.raises(SchemaMismatch, match="upgrade activitylog"):
            call()
    with engine.begin() as connection, pytest.raises(SchemaMismatch, match="upgrade activitylog"):
        storage.bound(connection).fetch(query())
    with engine.begin() as connection, pytest.raises(SchemaMismatch, match="upgrade activitylog"):
        upgrade(connection)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM activitylog_entries").scalar_one() == 1


def test_an_older_store_says_so(url, opened, monkeypatch):
    storage = opened(url)
    monkeypatch.setattr("activitylog_sql._server.missing", lambda found: [Step(NEXT, "expand", ())])
    with pytest.raises(SchemaMismatch, match="older than this library: run `activitylog migrate"):
        storage.fetch(query())


# -- the host's migrations ---------------------------------------------------------------------------------------------


def test_upgrade_in_the_hosts_migration(fresh_url, store, opened, make_engine):
    engine = make_engine(fresh_url)
    with engine.connect() as connection:
        upgrade(connection)
        connection.rollback()
    assert tables(engine) == (set() if store == "postgresql" else OURS)  # MySQL commits each change of a table
    with engine.begin() as connection:
        upgrade(connection)
        upgrade(connection)
    assert tables(engine) == OURS
    storage = opened(fresh_url)
    assert storage.append([record(1)])[0].created
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
        upgrade(connection)
    assert tables(engine) == OURS | {"invoices"}
    assert len(storage.fetch(query())) == 1


def test_autogenerate_leaves_our_tables_alone(fresh_url, opened, make_engine):
    opened(fresh_url).setup(search_index=True)
    engine, found = make_engine(fresh_url), MetaData()
    found.reflect(engine)
    Table("invoices", found, Column("id"))
    kept = {
        table.name: include_object(table, table.name, "table", reflected=True, compare_to=None)
        for table in found.tables.values()
    }
    ours = OURS | ({"words"} if engine.dialect.name == "mysql" else set())
    assert kept == dict.fromkeys((f"activitylog_{name}" for name in ours), False) | {"invoices": True}
    entries = found.tables["activitylog_entries"]
    assert entries.indexes
    assert not any(include_object(one, one.name, "index", True, None) for one in entries.indexes)
    assert not include_object(entries.c.id, "id", "column", True, None)


def test_a_schema_of_the_hosts_choice(fresh_url, store, with_options, opened, make_engine):
    """On PostgreSQL the tables stand in the first schema of the search path."""
    if store == "mysql":
        pytest.skip("there a schema is a database")
    with make_engine(fresh_url).begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA crm")
    storage = opened(with_options(fresh_url, "options=-csearch_path%3Dcrm"))
    storage.setup(search_index=True)
    assert storage.append([record(1)])[0].created
    assert tables(make_engine(fresh_url)) == set()
    with pytest.raises(SchemaMismatch):
        opened(fresh_url).fetch(query())
    with pytest.raises(ActivityNotFound):
        storage.replace(newer(record(9)), expected_version=1)
