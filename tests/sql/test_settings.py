"""Servers, databases and sessions with settings of their own: the right outcome, or a clear error, and nothing cut."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect, make_url
from sqlalchemy.orm import Session

from activitylog.errors import StorageUnavailable, Unsupported, WriteConflict
from activitylog.storage import And, Between, Bucket, Document, Field, Has, Match, Unit, tally
from activitylog.storage import select as selected
from activitylog.testing.contract.samples import KIM, TENANT, TRICKY_TEXTS, link, newer, query, record
from activitylog_sql import upgrade

TIMES = (
    datetime(1000, 1, 1, tzinfo=UTC),
    datetime(1893, 4, 1, 0, 0, 0, 1000, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(9999, 12, 30, 23, 59, 59, 999000, tzinfo=UTC),
)
ENTRIES = [
    record(
        number,
        occurred_at=TIMES[number % len(TIMES)],
        idempotency_key=f"key {text}",
        title=text,
        note=f"{text}\\ {text * 3} ' \" `x` || -- /* # */ ;",
        tags=(text, f"\\{text}"),
        links=(link(), link(f"{text}:{text}", text)),
        data=f'{{"{number}": 1e20, "a\\\\b": -0.0}}',
        words=" größe 東京",
    )
    for number, text in enumerate(TRICKY_TEXTS, 1)
]
CONDITIONS = (
    *(Has(Field.TAGS, [text]) for text in TRICKY_TEXTS),
    *(Has(Field.LINKS, [f"{text}:{text}"]) for text in TRICKY_TEXTS),
    *(Between(Field.OCCURRED_AT, ge=time) for time in TIMES),
    And((Match(["größ"]), Match(["東"]))),
)
HOURS = Bucket(Unit.HOUR, ((0, 19_800_000),))


def assert_exact(storage, writing=None):
    """Write to a store, or through another on the same, and see that it answers as the reference does."""
    writing = writing or storage
    writing.append([ENTRIES[0]])
    writing.append(ENTRIES[1:])
    writing.put_document(Document(TENANT, "k", "\\n' \"", '{"größe": "東京"}'), expected_version=0)
    changed = newer(ENTRIES[3], note="größe\\", occurred_at=TIMES[0])
    writing.replace(changed, expected_version=1)
    stored = [changed if one.id == changed.id else one for one in ENTRIES]
    assert storage.fetch(query()) == selected(stored, query())
    assert storage.get(TENANT, [one.id for one in stored]) == {one.id: one for one in stored}
    assert storage.versions(TENANT, changed.id, limit=9) == [ENTRIES[3]]
    assert [one.body for one in storage.documents(TENANT, "k", limit=9)] == ['{"größe": "東京"}']
    for where in CONDITIONS:
        assert storage.fetch(query(where=where)) == selected(stored, query(where=where))
    counted = storage.count(query(), by=[Field.TAGS], bucket=HOURS)
    assert {each.key: each for each in counted} == {
        each.key: each for each in tally(stored, query(), by=[Field.TAGS], bucket=HOURS)
    }
    assert [answer.created for answer in writing.append(ENTRIES)] == [False] * len(ENTRIES)
    assert writing.delete(query(KIM), limit=1000) == len(ENTRIES)


# -- databases ---------------------------------------------------------------------------------------------------------

OF_DATABASES = {
    "postgresql": (
        "SET timezone = 'Asia/Kolkata'",
        "SET timezone = 'America/New_York'",
        "SET datestyle = 'German, DMY'",
        "SET standard_conforming_strings = off",
        "SET default_transaction_isolation = 'serializable'",
        "SET default_transaction_isolation = 'repeatable read'",
        "SET lc_messages = 'C'",
        "SET client_encoding = 'LATIN1'",
        "SET enable_seqscan = off",
    ),
    "mysql": (
        "CHARACTER SET latin1 COLLATE latin1_german1_ci",
        "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        "CHARACTER SET ascii",
    ),
}


@pytest.mark.parametrize(
    ("store", "setting"), [(store, setting) for store, settings in OF_DATABASES.items() for setting in settings]
)
def test_a_database_with_settings_of_its_own(store, setting, fresh_url, shell, opened):
    if not fresh_url.startswith(store):
        pytest.skip("a setting of the other")
    shell(fresh_url).run(f"ALTER DATABASE {make_url(fresh_url).database} {setting}")
    storage = opened(fresh_url)
    storage.setup(search_index=True)
    assert_exact(storage)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII", "EUC_JP"])
def test_a_database_that_does_not_hold_all_texts(store, encoding, fresh_url, shell, with_options, opened, make_engine):
    if store == "mysql":
        pytest.skip("there the tables say what they hold")
    name = f"{make_url(fresh_url).database}_{encoding.lower()}"
    administrator = shell(fresh_url)
    administrator.run(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    try:
        url = make_url(fresh_url).set(database=name).render_as_string(hide_password=False)
        storage, engine = opened(url), make_engine(with_options(url, "client_encoding=utf8"))
        with pytest.raises(Unsupported, match=f"{encoding}.*create it with UTF8"):
            storage.setup()
        with engine.begin() as connection, pytest.raises(Unsupported, match="create it with UTF8"):
            upgrade(connection)
        assert inspect(engine).get_table_names() == []
        storage.close()
        engine.dispose()
    finally:
        administrator.run(f"DROP DATABASE {name} WITH (FORCE)")


# -- sessions: our own, and those of a host's engine -------------------------------------------------------------------

OF_SESSIONS = {
    "postgresql": (
        "options=-ctimezone%3DAsia/Kolkata",
        "options=-ctimezone%3DAmerica/New_York",
        "options=-cstandard_conforming_strings%3Doff",
        "options=-cdefault_transaction_isolation%3Dserializable",
        "options=-cdefault_transaction_isolation%3Drepeatable%5C%20read",
        "options=-cjit%3Doff",
    ),
    "mysql": (
        "sql_mode=",
        "sql_mode=ANSI_QUOTES",
        "sql_mode=NO_BACKSLASH_ESCAPES",
        "sql_mode=PIPES_AS_CONCAT",
        "sql_mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,IGNORE_SPACE,HIGH_NOT_PRECEDENCE,PAD_CHAR_TO_FULL_LENGTH",
        "init_command=SET time_zone = '%2B05:30'",
        "init_command=SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "init_command=SET SESSION innodb_snapshot_isolation = 1",
        "init_command=SET SESSION collation_connection = 'utf8mb4_general_ci'",
    ),
}


@pytest.mark.parametrize("how", ["url", "engine", "connection"])
@pytest.mark.parametrize(
    ("store", "option"), [(store, option) for store, options in OF_SESSIONS.items() for option in options]
)
def test_a_session_with_settings_of_its_own(store, option, how, url, with_options, opened, make_engine):
    if how == "url":
        assert_exact(opened(with_options(url, option)))
        return
    engine = make_engine(with_options(url, option))
    storage = opened(engine)
    if how == "engine":
        assert_exact(storage)
        return
    with Session(engine) as session:
        assert_exact(storage.bound(session))
        session.commit()


def test_a_hosts_session_in_a_character_set_that_does_not_hold_all(url, store, with_options, opened, make_engine):
    option = {"postgresql": "client_encoding=latin1", "mysql": "charset=latin1"}[store]
    remedy = {"postgresql": "client_encoding=utf8", "mysql": "charset=utf8mb4"}[store]
    engine = make_engine(with_options(url, option))
    storage = opened(engine)
    for call in (lambda: storage.append([record(1)]), lambda: storage.fetch(query()), storage.setup):
        with pytest.raises(Unsupported, match=f"add {remedy} to the engine's URL"):
            call()
    own = opened(url)
    with engine.connect() as connection, pytest.raises(Unsupported, match=remedy):
        own.bound(connection)
    assert engine.pool.checkedout() == 0
    assert_exact(opened(with_options(url, option)))  # where the connection is our own, we say what it speaks


def test_a_host_that_is_serializable_under_contention(url, store, opened, make_engine):
    """Its transactions meet more often; ours begin with what others have committed, and are exact."""
    engine = make_engine(url, isolation_level="SERIALIZABLE")
    stores = [opened(engine), opened(url)]

    def write(number):
        storage = stores[number % 2]
        return storage.append([record(idempotency_key=f"k{number // 2 % 10}"), record(number + 1000)])[0].id

    with ThreadPoolExecutor(4) as threads:
        answers = set(threads.map(write, range(80)))
    assert len(answers) == 10
    assert len(stores[0].fetch(query())) == 10 + 80


def test_a_time_limit_on_idle_transactions(url, store, with_options, opened, until, shell):
    option = {
        "postgresql": "options=-cidle_in_transaction_session_timeout%3D100",
        "mysql": "init_command=SET SESSION idle_transaction_timeout = 1",
    }[store]
    watching, storage = shell(url), opened(with_options(url, option))
    with pytest.raises(StorageUnavailable) as caught, storage.transaction() as within:
        within.append([record(1)])
        until(lambda: not watching.sessions())
        within.append([record(2)])
    assert caught.value.retry
    assert storage.append([record(1)])[0].created


def test_in_a_hosts_transaction_that_sees_a_snapshot(url, store, with_options, opened, make_engine):
    """MariaDB may be told to refuse what another has changed since: that is a conflict like any other."""
    first, storage = record(1), opened(url)
    storage.append([first])
    option = "init_command=SET SESSION innodb_snapshot_isolation = 1" if store == "mysql" else ""
    engine = make_engine(with_options(url, option), isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        bound = storage.bound(connection)
        bound.fetch(query())
        storage.replace(newer(first, note="theirs"), expected_version=1)
        with pytest.raises(WriteConflict):
            bound.replace(newer(first, note="lost"), expected_version=1)
        connection.rollback()
        bound.replace(newer(newer(first)), expected_version=2)
        connection.commit()
    assert storage.get(TENANT, [first.id])[first.id].version == 3
