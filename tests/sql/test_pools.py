"""Connections: one pool per log, as large as its URL says; the host's own left as it was; none held for nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from activitylog import Draft, signals
from activitylog.errors import InvalidInput, SchemaMismatch
from activitylog.testing.contract.samples import KIM, TENANT, newer, query, record


@pytest.mark.parametrize(("options", "size"), [("pool_size=3", 3), ("pool_size=1", 1), ("", 10)])
def test_a_log_has_as_many_connections_as_its_url_says(url, store, with_options, open_log, shell, until, options, size):
    """As many at work as the size, and no more with many threads than that."""
    log = open_log(with_options(url, options) if options else url)
    log.record("call", KIM)
    watching = shell(url)
    log.close()
    all_at_work, seen = Barrier(min(size, 20), timeout=30), set()

    def work(number):
        if number < size:
            with log.transaction():
                log.record("call", KIM)
                all_at_work.wait()
                seen.add(len(watching.sessions()) if number == 0 else size)
                all_at_work.wait()
        for _ in range(5):
            log.record("call", KIM)
            log.timeline(KIM).page(limit=3)

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(work, range(20)))
    assert seen == {size}
    assert len(watching.sessions()) <= size
    assert log.timeline(KIM).count() == 1 + size + 100


def test_a_log_that_is_used_by_one_thread_has_one_connection(url, open_log, shell):
    watching, log = shell(url), open_log(url)
    for _ in range(5):
        entry = log.record("call", KIM)
        log.tag(entry, add="a")
        with log.transaction():
            log.record_many([Draft("call", KIM), Draft("call", KIM)])
        assert len(list(log.timeline(KIM))) == log.timeline(KIM).count()
    assert len(watching.sessions()) == 1


def test_close_closes_what_is_ours(url, open_log, shell, until):
    watching, log = shell(url), open_log(url)
    log.record("call", KIM)
    assert len(watching.sessions()) == 1
    log.close()
    log.close()
    until(lambda: not watching.sessions())
    assert log.record("call", KIM).created
    assert len(watching.sessions()) == 1
    assert log.timeline(KIM).count() == 2
    log.close()
    until(lambda: not watching.sessions())


def test_what_is_at_work_when_another_thread_closes_goes_on(url, open_log):
    log = open_log(url)
    with log.transaction():
        log.record("call", KIM)
        with ThreadPoolExecutor(1) as threads:
            threads.submit(log.close).result()
        log.record("call", KIM)
    assert log.timeline(KIM).count() == 2


def test_two_logs_have_a_pool_each(url, open_log, with_options, shell):
    watching = shell(url)
    one, other = open_log(with_options(url, "pool_size=1")), open_log(with_options(url, "pool_size=1"))
    one.record("call", KIM)
    with one.transaction(), other.transaction():
        one.record("call", KIM)
        other.record("call", KIM)
        assert len(watching.sessions()) == 2
    assert one.timeline(KIM).count() == 3


# -- the host's engine -------------------------------------------------------------------------------------------------


@pytest.fixture(params=[{}, {"pool_size": 1, "max_overflow": 0}], ids=["default", "one connection"])
def engine(request, url, make_engine):
    return make_engine(url, pool_timeout=1, **request.param)


def test_the_hosts_pool_is_used_and_never_closed(url, engine, open_log, shell):
    watching, log = shell(url), open_log(engine)
    log.migrate()
    log.record("call", KIM)
    with engine.connect() as host:
        before = number_of_session(host)
    for _ in range(3):
        log.record("call", KIM)
        with log.transaction():
            log.record("call", KIM)
            log.timeline(KIM).count()
        with Session(engine) as session:
            log.bound_to(session).record("call", KIM)
            session.commit()
        log.close()
    assert log.timeline(KIM).count() == 10
    assert len(watching.sessions()) == 1
    with engine.connect() as host:
        assert number_of_session(host) == before
    assert engine.pool.checkedout() == 0


def number_of_session(connection):
    ask = "SELECT pg_backend_pid()" if connection.dialect.name == "postgresql" else "SELECT CONNECTION_ID()"
    return connection.exec_driver_sql(ask).scalar_one()


SETTINGS = {
    "postgresql": ("default_transaction_isolation", "TimeZone", "DateStyle", "enable_sort", "client_encoding"),
    "mysql": ("sql_mode", "autocommit", "time_zone", "character_set_client"),
}


def settings(engine):
    """Return what a host may have set, and rely on, of the session that its pool gives."""
    show = {"postgresql": "SHOW {}", "mysql": "SELECT @@session.{}"}[engine.dialect.name]
    with engine.connect() as host:
        driver = host.connection.dbapi_connection
        by_itself = driver.autocommit if engine.dialect.name == "postgresql" else driver.get_autocommit()
        found = [host.exec_driver_sql(show.format(name)).scalar_one() for name in SETTINGS[engine.dialect.name]]
        return by_itself, host.get_isolation_level(), found


@pytest.mark.parametrize("level", [None, "AUTOCOMMIT", "SERIALIZABLE", "REPEATABLE READ"])
def test_the_hosts_connections_keep_their_settings(url, engine, make_engine, open_log, level):
    if level:
        engine = make_engine(url, pool_size=1, max_overflow=0, isolation_level=level)
    before = settings(engine)
    log = open_log(engine)
    log.migrate()
    entry = log.record("call", KIM)
    log.record_many([Draft("call", KIM), Draft("call", KIM)])
    log.tag(entry, add="a")
    with pytest.raises(ZeroDivisionError), log.transaction():
        log.record("call", KIM)
        raise ZeroDivisionError
    with pytest.raises(InvalidInput):
        log.record("call", KIM, note=7)
    assert log.timeline(KIM).count() == 3
    assert settings(engine) == before
    with engine.connect() as host:
        host.exec_driver_sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)")
        host.commit()
        host.exec_driver_sql("INSERT INTO invoices (id) VALUES (1)")
        host.rollback()
        left = host.exec_driver_sql("SELECT count(*) FROM invoices").scalar_one()
    assert left == (1 if level == "AUTOCOMMIT" else 0)


def test_a_statement_of_ours_that_fails_leaves_the_hosts_settings(url, engine, open_log, shell):
    log = open_log(engine)
    log.record("call", KIM)
    before = settings(engine)
    shell(url).run("ALTER TABLE activitylog_entries RENAME TO activitylog_entries_away")
    try:
        for call in (
            lambda: log.record("call", KIM),
            lambda: log.record_many([Draft("call", KIM), Draft("call", KIM)]),
            log.timeline(KIM).page,
        ):
            with pytest.raises(SchemaMismatch, match="migrate"):
                call()
            assert engine.pool.checkedout() == 0
        assert settings(engine) == before
    finally:
        shell(url).run("ALTER TABLE activitylog_entries_away RENAME TO activitylog_entries")
    assert log.record("call", KIM).created


def test_no_connection_is_held_while_the_host_computes(engine, open_log):
    """With one connection in the pool the host would wait for itself."""
    log, held = open_log(engine), []

    def look():
        held.append(engine.pool.checkedout())
        with engine.connect() as host:
            host.exec_driver_sql("SELECT 1")

    def drafts():
        for _ in range(5):
            look()
            yield Draft("call", KIM)

    def receive(_, activities=(), drafts=()):
        look()
        log.timeline(KIM).count()

    with signals.recorded.connected_to(receive, sender=log), signals.recording.connected_to(receive, sender=log):
        log.record("call", KIM)
        log.record_many(drafts())
    with signals.recorded.connected_to(receive, sender=log), log.transaction():
        log.record("call", KIM)
    for _ in log.timeline(KIM):
        look()
    for page in [log.timeline(KIM).page(limit=2)]:
        look()
        log.timeline(KIM).page(limit=2, after=page.next)
    log.storage.load([(record(number), ()) for number in range(5)])
    for entry in log.storage.fetch(query()):
        look()
        log.storage.replace(newer(entry), expected_version=1)
        log.storage.versions(TENANT, entry.id, limit=1)
    assert set(held) == {0}
    assert len(held) > 20


def test_events_of_the_hosts_pool_see_each_use(engine, open_log):
    log, out = open_log(engine), []
    event.listen(engine, "checkout", lambda *_: out.append(1))
    event.listen(engine, "checkin", lambda *_: out.append(-1))
    log.record("call", KIM)
    list(log.timeline(KIM))
    assert out
    assert sum(out) == 0
