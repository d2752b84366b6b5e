"""What only an administrator of a MySQL or MariaDB server can set, and what users there may lack."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url

from activitylog.errors import StorageUnavailable
from activitylog.testing.contract.samples import KIM, TRICKY_TEXTS, newer, query, record
from activitylog_sql import open_storage


@pytest.fixture
def own(server):
    """A server of the test's own."""
    return server("mysql")


@pytest.fixture
def run(own):
    """Runs statements as the server's administrator."""
    engine = create_engine(own.url(own.first_database), isolation_level="AUTOCOMMIT")

    def give(*statements):
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    yield give
    engine.dispose()


def as_user(url, name="kim"):
    return make_url(url).set(username=name).render_as_string(hide_password=False)


def test_a_server_in_another_zone_that_cuts_what_does_not_fit(own, run):
    """Without strictness, for all sessions that come, and with each mode that changes how text is read."""
    entries = [record(number, number, title=text, note=text * 9) for number, text in enumerate(TRICKY_TEXTS, 1)]
    for number, mode in enumerate(("", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT", "ORACLE", "TRADITIONAL")):
        run(f"SET GLOBAL sql_mode = '{mode}'", "SET GLOBAL time_zone = '+05:30'", "SET GLOBAL tx_isolation = 3")
        url = own.create_database(f"crm{number}")
        engine = create_engine(url)
        storage, hosted = open_storage(url), open_storage(engine)
        storage.setup(search_index=True)
        for each in (storage, hosted):
            if each is hosted and mode == "ORACLE":
                continue  # there the empty text is none
            each.append([entries[0]])
            each.append(entries[1:])
            assert each.fetch(query(newest_first=False)) == entries
            each.replace(newer(entries[0], note="größe\\"), expected_version=1)
            assert each.delete(query(KIM), limit=1000) == len(entries)
        engine.dispose()
        storage.close()


def test_a_read_only_server(own, run):
    url = own.create_database("crm")
    storage = open_storage(url)
    storage.setup()
    storage.append([record(1)])
    run("CREATE USER kim@localhost", "GRANT ALL ON crm.* TO kim@localhost", "SET GLOBAL read_only = 1")
    user = open_storage(as_user(url))
    assert len(user.fetch(query())) == 1
    for call in (lambda: user.append([record(2)]), lambda: user.replace(newer(record(1)), expected_version=1)):
        with pytest.raises(StorageUnavailable, match="read-only: write to the primary server") as caught:
            call()
        assert not caught.value.retry
    run("SET GLOBAL read_only = 0")
    assert user.append([record(2)])[0].created
    user.close()
    storage.close()


def test_the_search_index_where_the_binary_log_is_on(own, run):
    """Without SUPER triggers are refused, and what was begun is as if it had not been; the remedy is named."""
    own.stop()
    command = own.command
    own.command = lambda: [*command(), "--log-bin", "--server-id=1"]
    own.start()
    url = own.create_database("crm")
    run("CREATE USER kim@localhost", "GRANT ALL ON crm.* TO kim@localhost")
    user = open_storage(as_user(url))
    user.setup()
    user.append([record(1, words=" a b")])
    with pytest.raises(StorageUnavailable, match="log_bin_trust_function_creators is 1") as caught:
        user.setup(search_index=True)
    assert not caught.value.retry
    assert user.append([record(2, words=" a b")])[0].created
    run("SET GLOBAL log_bin_trust_function_creators = 1")
    user.setup(search_index=True)
    assert user._work.database.indexed
    run("SET GLOBAL binlog_format = 'STATEMENT'")
    user.close()
    with pytest.raises(StorageUnavailable, match="set binlog_format to ROW or MIXED"):
        user.append([record(3)])
    user.close()


def test_a_user_without_the_privilege_for_triggers(fresh_database):
    url, name = fresh_database("mysql"), f"kim_{uuid4().hex[:12]}"
    administrator = create_engine(url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE USER {name}@localhost")
        granted = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP"
        connection.exec_driver_sql(f"GRANT {granted} ON {make_url(url).database}.* TO {name}@localhost")
        user = open_storage(as_user(url, name))
        try:
            user.setup()
            user.append([record(1)])
            with pytest.raises(StorageUnavailable, match="TRIGGER for a search index") as caught:
                user.setup(search_index=True)
            assert not caught.value.retry
            assert user.append([record(2)])[0].created
            user.setup()
            assert not user._work.database.indexed
        finally:
            user.close()
            connection.exec_driver_sql(f"DROP USER {name}@localhost")
    administrator.dispose()
