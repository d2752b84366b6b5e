"""Inside a host's transaction on a server: what it takes back is gone, what it keeps stays, its rows stay its own."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, func, insert, make_url, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from activitylog import Draft
from activitylog.errors import (
    IdempotencyConflict,
    KeyConflicts,
    NotAllowed,
    StaleVersion,
    StorageError,
    Unsupported,
    WriteConflict,
)
from activitylog.storage import Document, Field, In
from activitylog.testing import capturing
from activitylog.testing.contract.samples import KIM, TENANT, newer, query, record

TABLES = MetaData()
DEAL = Table("deal", TABLES, Column("id", Integer, primary_key=True), Column("name", String(20)))


@pytest.fixture(params=["url", "engine"])
def how(request):
    return request.param


@pytest.fixture
def engine(url, make_engine):
    engine = make_engine(url)
    TABLES.create_all(engine)
    return engine


@pytest.fixture
def storage(url, how, engine, opened):
    return opened(engine if how == "engine" else url)


@pytest.fixture
def calls():
    return []


def write(store, calls, number):
    (appended,) = store.append([record(number)])
    assert appended.created
    store.after_commit(lambda: calls.append(number))


def ids(storage):
    return sorted(entry.id.int & 0xFFFF for entry in storage.fetch(query()))


def deals(engine):
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(DEAL)).scalar_one()


def add_deal(handle, number=None):
    handle.execute(insert(DEAL).values(id=number, name="theirs") if number else insert(DEAL).values(name="theirs"))


# -- handles that cannot be joined -------------------------------------------------------------------------------------


def test_another_database(storage, engine, fresh_database):
    other = create_engine(fresh_database(engine.dialect.name))
    with Session(other) as session, pytest.raises(Unsupported, match="another database"):
        storage.bound(session)
    with other.connect() as connection, pytest.raises(Unsupported, match="another database"):
        storage.bound(connection)
    other.dispose()


def test_another_product(storage, tmp_path):
    other = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with Session(other) as session, pytest.raises(Unsupported, match="this handle leads to sqlite"):
        storage.bound(session)
    other.dispose()


def test_the_other_server(storage, store, empty_database):
    other = create_engine(empty_database({"postgresql": "mysql", "mysql": "postgresql"}[store]))
    with Session(other) as session, pytest.raises(Unsupported, match="this handle leads to"):
        storage.bound(session)
    other.dispose()


def test_a_handle_that_commits_by_itself(storage, engine, url, make_engine):
    by_itself = make_engine(url, isolation_level="AUTOCOMMIT")
    with by_itself.connect() as connection, pytest.raises(Unsupported, match="commits each statement by itself"):
        storage.bound(connection)
    with Session(by_itself) as session, pytest.raises(Unsupported, match="commits each statement by itself"):
        storage.bound(session)
    with engine.connect() as connection:
        switched = connection.execution_options(isolation_level="AUTOCOMMIT")
        with pytest.raises(Unsupported, match="commits each statement by itself"):
            storage.bound(switched)
    assert ids(storage) == []


def test_a_session_without_an_engine(storage, engine):
    with Session() as session, pytest.raises(Unsupported, match="no engine of its own"):
        storage.bound(session)
    for handle in (None, engine, "session", {}):
        with pytest.raises(Unsupported, match="cannot be joined"):
            storage.bound(handle)


def test_another_engine_on_the_same_database(storage, engine, url, make_engine, calls):
    other = make_engine(url, pool_size=1)
    with Session(other) as session:
        add_deal(session)
        write(storage.bound(session), calls, 1)
        session.commit()
        write(storage.bound(session), calls, 2)
        session.rollback()
    assert (ids(storage), calls, deals(engine)) == ([1], [1], 1)


def test_a_host_whose_user_has_no_privileges_on_the_server(store, storage, account, make_engine, calls):
    """To tell one database from another takes none."""
    restricted, who, administrator = account
    tables = "ALL TABLES IN SCHEMA public" if store == "postgresql" else f"{make_url(restricted).database}.*"
    administrator.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {who}")
    with make_engine(restricted).connect() as connection:
        bound = storage.bound(connection)
        write(bound, calls, 1)
        connection.commit()
        bound.committed()
    assert (ids(storage), calls) == ([1], [1])


# -- transactions that failed ------------------------------------------------------------------------------------------


def test_a_failed_transaction_of_the_hosts(store, storage, engine, calls):
    """PostgreSQL takes no statement any more; MySQL has undone the one that failed, and goes on."""
    add_first = insert(DEAL).values(id=1, name="theirs")
    with engine.begin() as connection:
        connection.execute(add_first)
    with engine.connect() as connection:
        bound = storage.bound(connection)
        write(bound, calls, 1)
        with pytest.raises(IntegrityError):
            connection.execute(add_first)
        if store == "mysql":
            write(bound, calls, 2)
        else:
            for call in (
                lambda: bound.append([record(2)]),
                lambda: bound.append([record(2), record(3)]),
                lambda: bound.fetch(query()),
                lambda: bound.put_document(Document(TENANT, "k", "n", "{}"), expected_version=0),
            ):
                with pytest.raises(StorageError, match="an earlier statement of this transaction has failed: roll it"):
                    call()
        connection.rollback()
        bound.committed()
        write(bound, calls, 4)
        connection.commit()
        bound.committed()
    assert (ids(storage), calls, deals(engine)) == ([4], [4], 1)


def test_an_error_of_ours_leaves_the_hosts_transaction_whole(storage, engine, calls):
    with Session(engine) as session:
        bound = storage.bound(session)
        add_deal(session)
        write(bound, calls, 1)
        other = record(1, digest="other")
        for call, error in (
            (lambda: bound.append([other]), KeyConflicts),
            (lambda: bound.append([record(2), other]), KeyConflicts),
            (lambda: bound.append([record(3, idempotency_key="k"), other]), KeyConflicts),
            (lambda: bound.load([(record(4), ()), (record(5, idempotency_key="k"), ())]), None),
            (lambda: bound.append([record(6, idempotency_key="k", digest="other")]), KeyConflicts),
            (lambda: bound.replace(newer(record(1)), expected_version=7), StaleVersion),
            (lambda: bound.put_document(Document(TENANT, "k", "n", "{}"), expected_version=3), StaleVersion),
        ):
            if error is None:
                assert call() == 2
                continue
            with pytest.raises(error):
                call()
        add_deal(session)
        session.commit()
    assert (ids(storage), calls, deals(engine)) == ([1, 4, 5], [1], 2)


def test_a_conflict_of_a_logs_leaves_it_whole_too(url, how, engine, open_log):
    log = open_log(engine if how == "engine" else url)
    log.record("call", KIM, idempotency_key="k")
    with capturing(log) as seen, Session(engine) as session:
        bound = log.bound_to(session)
        add_deal(session)
        with pytest.raises(IdempotencyConflict):
            bound.record_many([Draft("call", KIM), Draft("call", KIM, note="other", idempotency_key="k")])
        bound.record("call", KIM, note="kept")
        add_deal(session)
        session.commit()
    assert [activity.note for activity in seen] == ["kept"]
    assert (log.timeline(KIM).count(), deals(engine)) == (2, 2)


# -- isolation ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("many", [1, 3])
def test_a_key_that_another_has_committed_since_the_snapshot(storage, engine, url, make_engine, level, many):
    """The host's transaction cannot see it: it is answered with the first id, or told to begin again."""
    storage.append([record(100)])
    isolated = make_engine(url, isolation_level=level)
    with isolated.connect() as connection:
        bound = storage.bound(connection)
        assert len(bound.fetch(query(limit=1))) == 1  # takes the snapshot
        with ThreadPoolExecutor(1) as threads:
            adding = threads.submit(storage.append, [record(1, idempotency_key="k")])
            if level == "SERIALIZABLE" and isolated.dialect.name == "mysql":
                connection.rollback()  # there, who reads locks
            [first] = adding.result()
        given = [record(n, idempotency_key=f"{n}" if n > 2 else "k") for n in range(2, 2 + many)]
        try:
            answers = bound.append(given)
        except WriteConflict:
            connection.rollback()
            answers = bound.append(given)
        assert (answers[0].id, answers[0].created) == (first.id, False)
        assert all(answer.created for answer in answers[1:])
        with pytest.raises(KeyConflicts):
            bound.append([record(9, idempotency_key="k", digest="other")])
        connection.commit()
    assert ids(storage) == [1, *range(3, 2 + many), 100]


@pytest.mark.parametrize("call", ["replace", "rewrite", "delete", "put_document"])
def test_what_another_has_changed_since_the_snapshot(storage, url, make_engine, call):
    first = record(1)
    document = Document(TENANT, "k", "n", "{}")
    storage.append([first])
    storage.put_document(document, expected_version=0)
    isolated = make_engine(url, isolation_level="REPEATABLE READ")
    with isolated.connect() as connection:
        bound = storage.bound(connection)
        bound.fetch(query())
        bound.documents(TENANT, "k", limit=1)
        storage.replace(newer(first, note="theirs"), expected_version=1)
        storage.put_document(document, expected_version=1)
        second = newer(newer(first))
        written = {
            "replace": lambda: bound.replace(newer(first, note="lost"), expected_version=1),
            "rewrite": lambda: bound.rewrite([(second, (first, newer(first)))]),
            "delete": lambda: bound.delete(query(), limit=5),
            "put_document": lambda: bound.put_document(document, expected_version=1),
        }[call]
        try:
            written()
        except (StaleVersion, WriteConflict):
            connection.rollback()
            if call in ("rewrite", "delete"):
                written()
        else:
            assert call in ("rewrite", "delete")
        connection.commit()
    found = storage.get(TENANT, [first.id])
    if call == "delete":
        assert (found, storage.versions(TENANT, first.id, limit=9)) == ({}, [])
    else:
        assert found[first.id] == (second if call == "rewrite" else newer(first, note="theirs"))
    assert storage.documents(TENANT, "k", limit=1)[0].version == 2


# -- savepoints --------------------------------------------------------------------------------------------------------


def test_savepoints_of_the_host_and_the_library_interleaved(storage, engine, calls):
    with Session(engine) as session:
        bound = storage.bound(session)
        add_deal(session, 1)
        with bound.transaction() as ours:
            write(ours, calls, 1)
            with pytest.raises(ZeroDivisionError), session.begin_nested():
                add_deal(session, 2)
                session.flush()
                with ours.transaction() as deeper:
                    write(deeper, calls, 2)
                raise ZeroDivisionError
            with session.begin_nested():
                add_deal(session, 3)
                with pytest.raises(KeyError), ours.transaction() as deeper:
                    write(deeper, calls, 3)
                    with deeper.transaction() as deepest:
                        write(deepest, calls, 4)
                    raise KeyError
                write(ours, calls, 5)
            with pytest.raises(KeyConflicts):
                ours.append([record(6), record(5, digest="other")])
        with pytest.raises(KeyError), bound.transaction() as ours:
            write(ours, calls, 7)
            add_deal(session, 4)
            raise KeyError
        add_deal(session, 5)
        session.commit()
        assert {number for (number,) in session.execute(select(DEAL.c.id))} == {1, 3, 5}
    assert (ids(storage), sorted(calls)) == ([1, 5], [1, 5])


def test_two_logs_in_one_session_nested(storage, engine, url, opened, calls):
    other = opened(url)
    with Session(engine) as session:
        one, two = storage.bound(session), other.bound(session)
        with one.transaction() as outer:
            write(outer, calls, 1)
            with pytest.raises(ZeroDivisionError), two.transaction() as inner:
                write(inner, calls, 2)
                with outer.transaction() as innermost:
                    write(innermost, calls, 3)
                raise ZeroDivisionError
            with two.transaction() as inner:
                write(inner, calls, 4)
            write(outer, calls, 5)
        assert ids(two) == [1, 4, 5]
        session.commit()
    assert (ids(storage), sorted(calls)) == ([1, 4, 5], [1, 4, 5])


def test_everything_within_one_transaction(storage, engine, calls):
    first, second = record(1), record(2)
    document = Document(TENANT, "k", "n", "{}")
    storage.append([record(50), record(51)])
    for kept in (False, True):
        with Session(engine) as session:
            bound = storage.bound(session)
            add_deal(session)
            assert [one.created for one in bound.append([first, second])] == [True, True]
            bound.replace(newer(first, note="new"), expected_version=1)
            bound.put_document(document, expected_version=0)
            bound.put_document(document, expected_version=1)
            assert bound.delete(query(where=In(Field.ID, [record(50).id])), limit=9) == 1
            bound.rewrite([(newer(record(51), note="erased"), (record(51),))])
            assert bound.load([(newer(record(3)), (record(3),))]) == 1
            assert ids(bound) == [1, 2, 3, 51]
            assert bound.documents(TENANT, "k", limit=1)[0].version == 2
            assert (ids(storage), storage.documents(TENANT, "k", limit=1)) == ([50, 51], [])
            (session.commit if kept else session.rollback)()
        assert deals(engine) == int(kept)
    assert ids(storage) == [1, 2, 3, 51]
    assert Counter(entry.version for entry in storage.fetch(query())) == {1: 1, 2: 3}
    assert [entry.note for entry in storage.get(TENANT, [record(51).id]).values()] == ["erased"]


def test_a_scoped_session(storage, engine, calls):
    scoped = scoped_session(sessionmaker(engine))
    write(storage.bound(scoped), calls, 1)
    scoped.commit()
    assert (ids(storage), calls) == ([1], [1])
    scoped.remove()


def test_a_connection_whose_isolation_the_host_has_chosen(storage, engine, calls):
    with engine.connect().execution_options(isolation_level="SERIALIZABLE") as connection:
        bound = storage.bound(connection)
        write(bound, calls, 1)
        write(bound, calls, 2)
        assert ids(bound) == [1, 2]
        with pytest.raises(NotAllowed, match="still open"):
            bound.committed()
        connection.commit()
        bound.committed()
    assert (ids(storage), calls) == ([1, 2], [1, 2])


def test_the_hosts_rows_are_never_touched(storage, engine, calls):
    """Not by what fails, and not by what is undone."""
    with engine.begin() as connection:
        connection.execute(insert(DEAL), [{"id": number, "name": "before"} for number in range(1, 4)])
    with Session(engine) as session:
        bound = storage.bound(session)
        session.execute(update(DEAL).where(DEAL.c.id == 1).values(name="changed"))
        write(bound, calls, 1)
        with pytest.raises(KeyConflicts):
            bound.append([record(1, digest="other")])
        with pytest.raises(ZeroDivisionError), bound.transaction() as within:
            write(within, calls, 2)
            raise ZeroDivisionError
        assert session.execute(select(DEAL.c.name).order_by(DEAL.c.id)).scalars().all() == ["changed", *["before"] * 2]
        session.commit()
    with engine.connect() as connection:
        assert connection.execute(select(DEAL.c.name).order_by(DEAL.c.id)).scalars().all() == [
            "changed",
            "before",
            "before",
        ]
    assert (ids(storage), calls) == ([1], [1])


def test_a_commit_that_fails_sends_nothing(store, storage, engine, calls):
    if store == "mysql":
        pytest.skip("it has no constraint that is checked at the commit")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE part (deal INTEGER REFERENCES deal (id) DEFERRABLE INITIALLY DEFERRED)"
        )
    for bind in (lambda: Session(engine), engine.connect):
        with bind() as handle:
            bound = storage.bound(handle)
            write(bound, calls, 1)
            connection = handle.connection() if isinstance(handle, Session) else handle
            connection.exec_driver_sql("INSERT INTO part VALUES (99)")
            with pytest.raises(DBAPIError):
                handle.commit()
            handle.rollback()
            if not isinstance(handle, Session):
                bound.committed()
    assert (ids(storage), calls) == ([], [])
