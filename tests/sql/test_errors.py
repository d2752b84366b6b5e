"""Bad servers and bad luck: a clear error of ours with the driver's as its cause, and nothing half written."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from traceback import format_exception

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError, InvalidRequestError, OperationalError

from activitylog import Draft, signals
from activitylog.errors import (
    ActivityLogError,
    InvalidInput,
    SchemaMismatch,
    StorageError,
    StorageUnavailable,
    Unsupported,
    WriteConflict,
)
from activitylog.storage import Document
from activitylog.testing.contract.samples import KIM, TENANT, newer, query, record
from activitylog_sql import open_storage

SECRET = "Gren0uille+Secrete"


def refusal(call, *args, **options):
    """Return the error that a call raises, whose cause is the driver's."""
    with pytest.raises(StorageError) as caught:
        call(*args, **options)
    assert caught.value.__cause__ is not None
    assert "activitylog_" not in str(caught.value).replace(database_of(caught.value), ""), "it holds a statement"
    return caught.value


def database_of(error):
    """Return how the message names the database."""
    return str(error).partition(":")[0]


def unavailable(call, *args, retry, **options):
    error = refusal(call, *args, **options)
    assert isinstance(error, StorageUnavailable)
    assert error.retry is retry
    return str(error)


def ids(storage):
    return sorted(entry.id.int & 0xFFFF for entry in storage.fetch(query()))


@pytest.fixture
def storage(url, opened):
    """A store with one entry."""
    storage = opened(url)
    storage.append([record(1)])
    return storage


# -- servers that cannot be reached ------------------------------------------------------------------------------------


def unreachable(store, port=1):
    driver = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[store]
    return f"{driver}://kim:{SECRET}@127.0.0.1:{port}/crm"


def test_nobody_listens(store, opened):
    for call in (lambda s: s.append([record(1)]), lambda s: s.fetch(query()), lambda s: s.setup()):
        storage = opened(unreachable(store))
        said = unavailable(call, storage, retry=True)
        assert "cannot be reached" in said
        assert SECRET not in said


def test_nobody_listens_to_a_log(store, open_log):
    log = open_log(unreachable(store))
    drafts = [Draft("call", KIM), Draft("call", KIM)]
    error = refusal(log.record_many, drafts)
    assert (error.retry, error.drafts) == (True, tuple(drafts))


def test_lost_activities_are_told_of(store, open_log, caplog):
    log = open_log(unreachable(store), on_unavailable="log")
    told = []

    def receive(_, drafts, error):
        told.append((len(drafts), error.retry))

    with signals.lost.connected_to(receive, sender=log):
        assert log.record("call", KIM).created is False
    assert told == [(1, True)]
    assert SECRET not in caplog.text


def test_no_such_database(url, opened):
    storage = opened(make_url(url).set(database="nowhere_at_all").render_as_string(hide_password=False))
    said = unavailable(storage.fetch, query(), retry=False)
    assert "no such database" in said
    assert "check the URL" in said


def test_wrong_password_and_no_such_user(store, server, opened):
    """On servers that ask for one: PostgreSQL's of the tests trusts its socket, so that this one is another."""
    own = server(store)
    url = make_url(own.create_database("crm"))
    opened(url.render_as_string(hide_password=False)).setup()
    ask_for_password(store, own)
    for name, password in (("kim", SECRET), ("kim", ""), ("nobody_known", SECRET)):
        wrong = opened(url.set(username=name, password=password).render_as_string(hide_password=False))
        for call in (partial(wrong.fetch, query()), partial(wrong.append, [record(1)]), wrong.setup):
            said = unavailable(call, retry=False)
            assert "password" in said
            assert "check the URL" in said
            assert SECRET not in said


def ask_for_password(store, own):
    engine = create_engine(own.url(own.first_database), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if store == "postgresql":
            connection.exec_driver_sql("CREATE ROLE kim LOGIN PASSWORD 'right'")
            rules = own.data / "pg_hba.conf"
            rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        else:
            connection.exec_driver_sql("CREATE USER kim@localhost IDENTIFIED BY 'right'")
    engine.dispose()


def test_while_the_server_is_gone_and_when_it_is_back(store, server, open_log):
    own = server(store)
    log = open_log(own.create_database("crm"))
    log.migrate()
    log.record("call", KIM)
    own.kill()
    error = refusal(log.record, "call", KIM, note="again")
    assert error.retry
    own.start()
    assert log.record_many(error.drafts)[0].created
    assert log.timeline(KIM).count() == 2


# -- sessions that end -------------------------------------------------------------------------------------------------


def test_ended_while_idle_the_next_call_simply_works(url, opened, shell):
    watching = shell(url)
    storage = opened(url)
    for number in range(1, 4):
        assert storage.append([record(number)])[0].created
        sessions = watching.sessions()
        assert len(sessions) == 1
        watching.end(*sessions)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(storage.fetch, [query()] * 8))
        watching.end(*watching.sessions())
        assert all(len(found) == 3 for found in threads.map(storage.fetch, [query()] * 8))


def test_ended_within_a_transaction(url, opened, shell):
    watching, storage, calls = shell(url), opened(url), []
    storage.append([record(1)])
    with pytest.raises(StorageUnavailable) as caught, storage.transaction() as within:
        within.append([record(2)])
        within.after_commit(lambda: calls.append(2))
        watching.end(*watching.sessions())
        within.append([record(3)])
    assert caught.value.retry
    with pytest.raises(StorageUnavailable) as caught, storage.transaction() as within:
        within.append([record(2)])
        within.after_commit(lambda: calls.append(2))
        watching.end(*watching.sessions())
    assert caught.value.retry
    assert (ids(storage), calls) == ([1], [])
    storage.append([record(2), record(3)])
    assert ids(storage) == [1, 2, 3]


def test_an_ended_session_swallows_no_error_of_the_hosts(url, opened, shell):
    watching, storage = shell(url), opened(url)
    storage.append([record(1)])
    with pytest.raises(ZeroDivisionError), storage.transaction() as within:
        within.append([record(2)])
        watching.end(*watching.sessions())
        raise ZeroDivisionError
    with pytest.raises(StorageUnavailable), storage.transaction() as within:
        within.append([record(2)])
        watching.end(*watching.sessions())
        for _ in range(2):
            with pytest.raises(StorageUnavailable):
                within.append([record(3)])
        with pytest.raises(StorageUnavailable):
            within.fetch(query())
    assert ids(storage) == [1]


@pytest.mark.parametrize("how", ["url", "engine"])
def test_ended_within_the_hosts_transaction(storage, url, opened, make_engine, shell, how):
    engine = make_engine(url)
    storage = opened(engine if how == "engine" else url)
    storage.fetch(query())
    with engine.connect() as host:
        watching, calls = shell(url), []
        bound = storage.bound(host)
        bound.append([record(2)])
        bound.after_commit(lambda: calls.append(2))
        [session] = host.exec_driver_sql(
            "SELECT pg_backend_pid()" if engine.dialect.name == "postgresql" else "SELECT CONNECTION_ID()"
        ).scalars()
        watching.end(session)
        error = refusal(bound.append, [record(3)])
        assert isinstance(error, StorageUnavailable)
        assert error.retry
        with pytest.raises((DBAPIError, InvalidRequestError)):
            host.commit()
        host.rollback()
        bound.committed()
        assert calls == []
        assert bound.append([record(4)])[0].created
        host.commit()
    assert ids(storage) == [1, 4]


def test_a_host_engines_ended_sessions(url, opened, make_engine, shell):
    """The pool is the host's, and what it does about dead connections too; a retry finds a new one."""
    engine = make_engine(url)
    storage = opened(engine)
    storage.append([record(1)])
    shell(url).end(number_of_session(engine))
    with pytest.raises(StorageUnavailable) as caught:
        storage.append([record(2)])
    assert caught.value.retry
    assert storage.append([record(2)])[0].created
    assert engine.pool.checkedout() == 0


def number_of_session(engine):
    with engine.connect() as host:
        return host.exec_driver_sql(
            "SELECT pg_backend_pid()" if engine.dialect.name == "postgresql" else "SELECT CONNECTION_ID()"
        ).scalar_one()


class TimeIsUp(Exception):
    """What a task queue raises in the midst of whatever its worker does."""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timer")
@pytest.mark.parametrize("how", ["url", "engine"])
def test_an_exception_in_the_midst_of_a_statement(storage, url, opened, make_engine, shell, how):
    """Its connection has an answer that nobody reads: it is not used again."""
    engine = make_engine(url, pool_size=1, max_overflow=0)
    storage = opened(engine if how == "engine" else url)
    storage.fetch(query())
    watching = shell(url)
    host = make_engine(url).connect()
    lock(host, record(1))

    def ring(*_):
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, ring)
    try:
        with ThreadPoolExecutor(1) as threads:
            ringing = threads.submit(lambda: watching.waits_for_rows() and os.kill(os.getpid(), signal.SIGALRM))
            with pytest.raises(TimeIsUp):
                storage.replace(newer(record(1)), expected_version=1)
            ringing.result()
        assert ids(storage) == [1]
        storage.append([record(2)])
    finally:
        signal.signal(signal.SIGALRM, before)
        host.close()
    assert ids(storage) == [1, 2]
    assert storage.get(TENANT, [record(1).id])[record(1).id].version == 1
    storage.replace(newer(record(1)), expected_version=1)


# -- locks -------------------------------------------------------------------------------------------------------------


def lock(connection, *entries):
    """Lock rows of entries, in this order, as somebody with a shell might."""
    for entry in entries:
        id = f"'{entry.id}'" if connection.dialect.name == "postgresql" else f"X'{entry.id.hex}'"
        row = f"tenant = '{TENANT}' AND id = {id}"
        connection.exec_driver_sql(f"SELECT note FROM activitylog_entries WHERE {row} FOR UPDATE")


IMPATIENT = {
    "postgresql": {
        "a lock's": "options=-clock_timeout%3D50",
        "a statement's": "options=-cstatement_timeout%3D200",
    },
    "mysql": {
        "a lock's": "init_command=SET SESSION innodb_lock_wait_timeout=1",
        "a statement's": "init_command=SET SESSION max_statement_time=0.2",
    },
}


@pytest.mark.parametrize("whose", ["a lock's", "a statement's"])
def test_a_timeout(store, url, storage, opened, make_engine, with_options, whose):
    impatient = opened(with_options(url, IMPATIENT[store][whose]))
    kept = record(1)
    with make_engine(url).connect() as host:
        lock(host, kept)
        for call in (
            lambda: impatient.replace(newer(kept), expected_version=1),
            lambda: impatient.rewrite([(kept, ())]),
            lambda: impatient.delete(query(), limit=5),
        ):
            said = unavailable(call, retry=True)
            assert "too long" in said or "cancelled" in said
        assert impatient.append([record(2)])[0].created
    assert impatient.versions(TENANT, kept.id, limit=9) == []
    impatient.replace(newer(kept), expected_version=1)
    assert ids(storage) == [1, 2]


@pytest.mark.parametrize("whose", ["a lock's", "a statement's"])
def test_a_timeout_within_a_transaction_takes_back_its_call_only(
    store, url, storage, opened, make_engine, with_options, whose
):
    impatient, kept, other = opened(with_options(url, IMPATIENT[store][whose])), record(1), record(8)
    document = Document(TENANT, "k", "n", "{}")
    storage.put_document(document, expected_version=0)
    with make_engine(url).connect() as host, impatient.transaction() as within:
        lock(host, kept)
        host.exec_driver_sql("UPDATE activitylog_documents SET version = 7")
        storage_bound_to(host).append([other])
        within.append([record(2)])
        for call in (
            lambda: within.replace(newer(kept), expected_version=1),
            lambda: within.append([other]),
            lambda: within.append([record(9), other]),
            lambda: within.put_document(document, expected_version=1),
        ):
            assert unavailable(call, retry=True)
        within.append([record(3)])
        host.rollback()
        within.replace(newer(kept), expected_version=1)
    assert ids(storage) == [1, 2, 3]
    assert storage.documents(TENANT, "k", limit=1)[0].version == 1


def storage_bound_to(connection):
    return open_storage(connection.engine).bound(connection)


def deadlocking(url, make_engine, opened, with_options):
    """Return an engine of a host's, and a store, of whom the store is the one to give way in a deadlock."""
    if url.startswith("postgresql"):  # whoever looks first
        patient, impatient = "options=-cdeadlock_timeout%3D20s", "options=-cdeadlock_timeout%3D500ms"
        return make_engine(with_options(url, patient)), opened(with_options(url, impatient))
    return make_engine(url), opened(url)  # whoever has written less


def write_much(host):
    host.exec_driver_sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
    host.commit()
    host.exec_driver_sql(f"INSERT INTO invoices (id) VALUES {', '.join(f'({n})' for n in range(3000))}")


def test_a_deadlock_is_tried_again(url, storage, opened, make_engine, with_options, shell):
    engine, giving_way = deadlocking(url, make_engine, opened, with_options)
    first, second = record(1), record(2)
    storage.append([second])
    watching = shell(url)
    with engine.connect() as host, ThreadPoolExecutor(1) as threads:
        write_much(host)
        lock(host, second)
        rewriting = threads.submit(
            giving_way.rewrite, [(newer(entry, note="new"), (entry,)) for entry in (first, second)]
        )
        watching.waits_for_rows()
        lock(host, first)
        assert not rewriting.done()
        host.commit()
        rewriting.result()
    assert [entry.note for entry in storage.fetch(query())] == ["new", "new"]


@pytest.mark.parametrize("handled", [True, False])
def test_a_deadlock_of_a_bound_one_is_the_hosts(url, storage, make_engine, with_options, opened, shell, handled):
    """MySQL undoes the whole transaction, PostgreSQL the call: either way nothing is half written."""
    engine, giving_way = deadlocking(url, make_engine, opened, with_options)
    first, second, calls = record(1), record(2), []
    storage.append([second])
    watching = shell(url)
    impatient = make_engine(giving_way._work.database.engine.url.render_as_string(hide_password=False))
    with engine.connect() as other, impatient.connect() as host, ThreadPoolExecutor(1) as threads:
        write_much(other)
        lock(other, second)
        bound = giving_way.bound(host)
        bound.append([record(3)])
        bound.after_commit(lambda: calls.append(3))
        lock(host, first)
        writing = threads.submit(bound.replace, newer(second, note="new"), expected_version=1)
        watching.waits_for_rows()
        lock(other, first) if url.startswith("mysql") else threads_lock(other, first, writing)
        with pytest.raises(WriteConflict):
            writing.result()
        other.commit()
        if handled:
            host.rollback()
        elif url.startswith("mysql"):
            with pytest.raises(InvalidRequestError, match="rolled back"):
                host.commit()
            host.rollback()
        else:
            host.commit()
        bound.committed()
    survives = not handled and url.startswith("postgresql")
    assert (ids(storage), calls) == (([1, 2, 3], [3]) if survives else ([1, 2], []))
    assert storage.get(TENANT, [second.id])[second.id].version == 1


def threads_lock(other, first, writing):
    """The one that gives way keeps what it had locked before: the other goes on waiting, so let it not."""
    with ThreadPoolExecutor(1) as threads:
        locking = threads.submit(lock, other, first)
        with pytest.raises(WriteConflict):
            writing.result()
        other.connection.dbapi_connection.cancel()
        with pytest.raises(OperationalError, match="cancel"):
            locking.result()
    other.rollback()


# -- what may not be done ----------------------------------------------------------------------------------------------


def test_a_user_who_may_only_read(store, account, url, storage, opened, open_log, make_engine):
    restricted, who, administrator = account
    reader = opened(restricted)
    if store == "postgresql":
        assert "GRANT" in unavailable(reader.fetch, query(), retry=False).upper()
        administrator.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {who}")
    else:
        assert "may not use this database" in unavailable(reader.fetch, query(), retry=False)
        administrator.run(f"GRANT SELECT ON {make_url(url).database}.* TO {who}")
    writing = open_log(url)
    writing.record_many([Draft("call", KIM), Draft("call", KIM)])
    log = open_log(restricted)
    page = log.timeline(KIM).page(limit=1)
    assert [entry.type for entry in log.timeline(KIM).page(limit=1, after=page.next).items] == ["call"]
    assert log.timeline(KIM).count() == 2
    kept = record(1)
    for call in (
        lambda: reader.append([record(2)]),
        lambda: reader.append([record(2), record(3)]),
        lambda: reader.replace(newer(kept), expected_version=1),
        lambda: reader.delete(query(), limit=1),
        lambda: reader.put_document(Document(TENANT, "k", "n", "{}"), expected_version=0),
        lambda: log.record("call", KIM),
    ):
        assert "grant SELECT, INSERT, UPDATE and DELETE" in unavailable(call, retry=False)
    assert "who migrates" in unavailable(lambda: reader.setup(search_index=True), retry=False)
    with make_engine(restricted).connect() as host, pytest.raises(StorageUnavailable, match="grant"):
        reader.bound(host).append([record(2)])
    assert log.timeline(KIM).count() == 2


def test_a_user_who_may_not_migrate(store, account, fresh_url, opened):
    restricted, who, administrator = account
    url = make_url(fresh_url).set(username=make_url(restricted).username, password=make_url(restricted).password)
    storage = opened(url.render_as_string(hide_password=False))
    if store == "mysql":
        administrator.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {url.database}.* TO {who}")
    said = unavailable(storage.setup, retry=False)
    assert "CREATE" in said


def test_a_read_only_transaction(store, url, storage, opened, make_engine, with_options):
    option = {
        "postgresql": "options=-cdefault_transaction_read_only%3Don",
        "mysql": "init_command=SET SESSION TRANSACTION READ ONLY",
    }[store]
    reader = opened(with_options(url, option))
    assert ids(reader) == [1]
    for call in (lambda: reader.append([record(2)]), lambda: reader.append([record(2), record(3)])):
        assert "read-only" in unavailable(call, retry=False)
    with make_engine(with_options(url, option)).connect() as host:
        assert "read-only" in unavailable(lambda: storage.bound(host).append([record(2)]), retry=False)
    assert ids(reader) == [1]


# -- URLs and engines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["tiemout=3", "read_timeout=-1"])
def test_an_option_that_the_driver_does_not_take(url, opened, with_options, option):
    storage = opened(with_options(url, option))
    for call in (lambda: storage.fetch(query()), storage.setup):
        with pytest.raises(InvalidInput, match=option.partition("=")[0]) as caught:
            call()
        assert caught.value.field == "store"


@pytest.mark.parametrize("option", ["pool_size=0", "pool_size=many", "pool_size=1&pool_size=2", "pool_timeout=-1"])
def test_an_option_of_ours_that_does_not_fit(url, with_options, option):
    with pytest.raises(InvalidInput, match=option.partition("=")[0]):
        open_storage(with_options(url, option))


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg2://kim:{SECRET}@db/crm",
        f"postgresql+asyncpg://kim:{SECRET}@db/crm",
        f"mysql+mysqldb://kim:{SECRET}@db/crm",
        f"mariadb+mariadbconnector://kim:{SECRET}@db/crm",
    ],
)
def test_another_driver(url):
    with pytest.raises(Unsupported, match=r"write (postgresql\+psycopg|mysql\+pymysql|mariadb\+pymysql)://") as caught:
        open_storage(url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [
        ("postgresql+psycopg://kim@db/crm", "psycopg", "postgresql"),
        ("postgresql://kim@db/crm", "psycopg", "postgresql"),
        ("mysql+pymysql://kim@db/crm", "pymysql", "mysql"),
        ("mariadb+pymysql://kim@db/crm", "pymysql", "mysql"),
    ],
)
def test_a_driver_that_is_not_installed(url, module, extra):
    program = f"""
import sys
sys.modules[{module!r}] = None
from activitylog import ActivityLog
from activitylog.errors import MissingExtra
try:
    ActivityLog({url!r})
except MissingExtra as error:
    print(error.extra, error)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"{extra} ")
    assert f'pip install "activitylog[{extra}]"' in said


def test_no_secret_is_told(store, account, url, open_log, make_engine, caplog):
    """Not by a message of ours at any place of the chain, not by what is logged, not by what is shown of objects."""
    caplog.set_level(logging.DEBUG)
    restricted, _, _ = account
    told = []
    for source in (restricted, make_engine(restricted), unreachable(store)):
        log = open_log(source)
        told += [repr(log), repr(log.storage), repr(log.storage._work.database), repr(vars(log.storage._work.database))]
        for call in (
            log.migrate,
            lambda log=log: log.record("call", KIM),
            lambda log=log: log.timeline(KIM).page(),
            lambda log=log: log.transaction().__enter__(),
        ):
            with pytest.raises(ActivityLogError) as caught:
                call()
            told.append("".join(format_exception(caught.value)))
    with make_engine(url).connect() as host, pytest.raises(ActivityLogError) as caught:
        open_log(unreachable(store)).bound_to(host)
    told.append("".join(format_exception(caught.value)))
    for secret in (SECRET, make_url(restricted).password):
        assert secret not in "".join(told)
        assert secret not in caplog.text


def test_the_pool_is_used_up(url, storage, opened, open_log, with_options):
    small = with_options(url, "pool_size=1&pool_timeout=0.05")
    storage = opened(small)
    with storage.transaction() as within:
        within.append([record(2)])
        with pytest.raises(StorageUnavailable, match="raise pool_size") as caught:
            storage.append([record(3)])
        assert caught.value.retry
        with pytest.raises(StorageUnavailable, match="raise pool_size"):
            storage.fetch(query())
    assert ids(storage) == [1, 2]


def test_the_hosts_pool_is_used_up(url, make_engine, open_log):
    engine = make_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    log = open_log(engine)
    with engine.connect():
        error = refusal(log.record, "call", KIM)
        assert isinstance(error, StorageUnavailable)
        assert error.retry
        assert "pool" in str(error)
    assert log.record_many(error.drafts)[0].created


def test_a_missing_table(fresh_url, store, opened, shell):
    storage = opened(fresh_url)
    storage.setup()
    storage.append([record(1)])
    shell(fresh_url).run("DROP TABLE activitylog_documents")
    error = refusal(storage.put_document, Document(TENANT, "k", "n", "{}"), expected_version=0)
    assert isinstance(error, SchemaMismatch)
    assert "activitylog migrate --store URL" in str(error)


# -- a disk that is full -----------------------------------------------------------------------------------------------


@contextmanager
def small_disk(directory, owner):
    """Mount a disk of a few megabytes on a folder."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size=24m,uid={owner},mode=700", "tmpfs", directory],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("this root may not mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", directory], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk(store, server, open_log, make_engine):
    own = server(store)
    administrator = make_engine(own.url(own.first_database), isolation_level="AUTOCOMMIT")
    owner = own.data.stat().st_uid
    if store == "postgresql":
        folder = own.directory / "small"
        folder.mkdir()
        os.chown(folder, owner, owner)
    else:
        url = own.create_database("crm")
        folder = own.data / "crm"
    with small_disk(folder, owner), administrator.connect() as connection:
        if store == "postgresql":
            connection.exec_driver_sql(f"CREATE TABLESPACE small LOCATION '{folder}'")
            connection.exec_driver_sql("CREATE DATABASE crm TABLESPACE small")
            url = own.url("crm")
        log = open_log(url)
        log.migrate()
        fill_up(log, folder)
        log.close()
        own.stop()


def fill_up(log, folder):
    """Record until there is no room, make room, and record what was refused."""
    recorded = 0
    entry = log.record("call", KIM)
    ballast = folder / "ballast"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    ballast.write_bytes(b"x" * (free - 3_000_000))
    with pytest.raises(StorageUnavailable, match="disk is full: make room") as caught:
        for _ in range(100):
            log.record_many(Draft("call", f"contact:{n}", note=os.urandom(8000).hex()) for n in range(20))
            recorded += 20
    assert caught.value.retry
    assert caught.value.drafts
    assert log.everything().count() == 1 + recorded
    assert log.get(entry).id == entry.id
    ballast.unlink()
    assert all(activity.created for activity in log.record_many(caught.value.drafts))
    assert log.everything().count() == 1 + recorded + 20
    log.tag(entry, add="after")
