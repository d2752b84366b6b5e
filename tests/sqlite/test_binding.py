"""Inside the host's transaction: what it takes back is gone and calls nobody; what it commits stays and calls once."""

import sys

import pytest
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker
from sqlalchemy.pool import StaticPool

from activitylog.errors import KeyConflicts, NotAllowed, Unsupported
from activitylog.testing.contract.samples import TENANT, query, record
from activitylog_sql import open_storage


class Base(DeclarativeBase):
    pass


class Owner(Base):
    __tablename__ = "owners"
    id: Mapped[int] = mapped_column(primary_key=True)


class Invoice(Base):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[int | None] = mapped_column(ForeignKey("owners.id", deferrable=True, initially="DEFERRED"))


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'host.db'}"


@pytest.fixture(params=["the host's engine", "the URL"])
def engine(request, url):
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def storage(request, engine, url):
    storage = open_storage(engine if request.node.callspec.params["engine"] == "the host's engine" else url)
    yield storage
    storage.close()


@pytest.fixture
def session(engine):
    with Session(engine) as session:
        yield session


@pytest.fixture
def calls():
    return []


def write(store, calls, number, name=None):
    """Write an entry, and ask to be called back for it."""
    (appended,) = store.append([record(number)])
    assert appended.created
    store.after_commit(lambda: calls.append(number if name is None else name))


def stored(storage):
    return sorted(entry.id.int & 0xFFFF for entry in storage.fetch(query()))


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_commit_does_both(storage, session, calls):
    session.add(Invoice(id=1))
    write(storage.bound(session), calls, 1)
    assert calls == []
    session.commit()
    assert (stored(storage), calls, session.get(Invoice, 1).id) == ([1], [1], 1)


def test_rollback_leaves_nothing(storage, session, calls):
    session.add(Invoice(id=1))
    write(storage.bound(session), calls, 1)
    session.rollback()
    assert (stored(storage), calls, session.get(Invoice, 1)) == ([], [], None)


def test_closing_leaves_nothing(storage, session, calls):
    write(storage.bound(session), calls, 1)
    session.close()
    assert (stored(storage), calls) == ([], [])


def test_rolled_back_savepoint_first(storage, session, calls):
    bound = storage.bound(session)
    with pytest.raises(ZeroDivisionError), session.begin_nested():
        write(bound, calls, 1)
        raise ZeroDivisionError
    write(bound, calls, 2)
    session.commit()
    assert (stored(storage), calls) == ([2], [2])


def test_released_savepoint_belongs_to_the_transaction(storage, session, calls):
    bound = storage.bound(session)
    with session.begin_nested():
        write(bound, calls, 1)
    assert calls == []
    session.rollback()
    assert (stored(storage), calls) == ([], [])
    with session.begin_nested(), session.begin_nested():
        write(bound, calls, 2)
    session.commit()
    assert (stored(storage), calls) == ([2], [2])


def test_released_savepoint_in_a_rolled_back_one(storage, session, calls):
    bound = storage.bound(session)
    write(bound, calls, 1)
    outer = session.begin_nested()
    with session.begin_nested():
        write(bound, calls, 2)
    session.add(Invoice(id=2))
    session.flush()
    outer.rollback()
    session.commit()
    assert (stored(storage), calls) == ([1], [1])


def test_commit_with_an_open_savepoint(storage, session, calls):
    bound = storage.bound(session)
    session.begin_nested()
    write(bound, calls, 1)
    session.commit()
    assert (stored(storage), calls) == ([1], [1])


def test_failing_commit_sends_nothing(engine, storage, calls):
    with Session(engine) as session:
        session.connection().exec_driver_sql("PRAGMA foreign_keys = ON")
        session.rollback()
        session.add(Invoice(id=1, owner=99))
        write(storage.bound(session), calls, 1)
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
    assert (stored(storage), calls) == ([], [])


def test_several_transactions_of_one_session(storage, session, calls):
    bound = storage.bound(session)
    write(bound, calls, 1)
    session.commit()
    write(bound, calls, 2)
    session.rollback()
    with session.begin_nested():
        write(bound, calls, 3)
    session.commit()
    assert (stored(storage), calls) == ([1, 3], [1, 3])


def test_callbacks_may_use_the_session(storage, session, calls):
    bound = storage.bound(session)
    bound.append([record(1)])
    bound.after_commit(lambda: calls.append(session.get(Invoice, 1)))
    session.commit()
    assert calls == [None]


def test_without_a_transaction_it_is_now(storage, session, calls):
    bound = storage.bound(session)
    session.rollback()
    bound.after_commit(lambda: calls.append("now"))
    assert calls == ["now"]


def test_two_logs_of_one_session(storage, session, calls):
    write(storage.bound(session), calls, 1)
    write(storage.bound(session), calls, 2)
    session.commit()
    assert calls == [1, 2]


def test_a_scoped_session(storage, engine, calls):
    scoped = scoped_session(sessionmaker(engine))
    write(storage.bound(scoped), calls, 1)
    scoped.commit()
    assert (stored(storage), calls) == ([1], [1])
    scoped.remove()


def test_an_error_of_ours_leaves_the_hosts_transaction_whole(storage, session, calls):
    bound = storage.bound(session)
    session.add(Invoice(id=1))
    session.flush()
    write(bound, calls, 1)
    with pytest.raises(KeyConflicts):
        bound.append([record(2), record(1, digest="other")])
    session.commit()
    assert (stored(storage), calls, session.get(Invoice, 1).id) == ([1], [1], 1)


def test_a_transaction_within_is_a_savepoint(storage, session, calls):
    bound = storage.bound(session)
    with bound.transaction() as within:
        write(within, calls, 1)
        with pytest.raises(ZeroDivisionError), within.transaction() as deeper:
            write(deeper, calls, 2)
            raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), bound.transaction() as within:
        write(within, calls, 3)
        raise ZeroDivisionError
    session.commit()
    assert (stored(storage), calls) == ([1], [1])


def test_it_reads_what_the_transaction_wrote(storage, session):
    storage.setup()
    bound = storage.bound(session)
    bound.append([record(1)])
    assert (stored(bound), stored(storage)) == ([1], [])
    bound.replace(record(1, version=2, title="new"), expected_version=1)
    assert [entry.title for entry in bound.get(TENANT, [record(1).id]).values()] == ["new"]


def test_the_schema_comes_and_goes_with_the_hosts_transaction(storage, session, calls):
    bound = storage.bound(session)
    write(bound, calls, 1)
    session.rollback()
    write(bound, calls, 2)
    session.commit()
    write(bound, calls, 3)
    session.commit()
    assert (stored(storage), calls) == ([2, 3], [2, 3])


# -- connections -------------------------------------------------------------------------------------------------------


@pytest.fixture
def connection(engine):
    with engine.connect() as connection:
        yield connection


def test_connection_calls_when_told(storage, connection, calls):
    bound = storage.bound(connection)
    write(bound, calls, 1)
    connection.commit()
    assert (stored(storage), calls) == ([1], [])
    bound.committed()
    bound.committed()
    assert calls == [1]


def test_connection_rolled_back(storage, connection, calls):
    bound = storage.bound(connection)
    write(bound, calls, 1)
    connection.rollback()
    bound.committed()
    assert (stored(storage), calls) == ([], [])


def test_connection_with_savepoints(storage, connection, calls):
    bound = storage.bound(connection)
    with pytest.raises(ZeroDivisionError), connection.begin_nested():
        write(bound, calls, 1)
        raise ZeroDivisionError
    with connection.begin_nested():
        write(bound, calls, 2)
        inner = connection.begin_nested()
        write(bound, calls, 3)
        inner.rollback()
    connection.commit()
    bound.committed()
    assert (stored(storage), calls) == ([2], [2])


def test_connection_told_too_early(storage, connection, calls):
    bound = storage.bound(connection)
    write(bound, calls, 1)
    with pytest.raises(NotAllowed, match="still open"):
        bound.committed()
    connection.commit()
    bound.committed()
    assert calls == [1]


def test_connection_told_later(storage, connection, calls):
    bound = storage.bound(connection)
    write(bound, calls, 1)
    connection.commit()
    write(bound, calls, 2)
    connection.rollback()
    write(bound, calls, 3)
    bound.committed()
    assert calls == [1]
    connection.commit()
    bound.committed()
    assert calls == [1, 3]


def test_connection_whose_commit_fails(storage, connection, calls):
    connection.exec_driver_sql("PRAGMA foreign_keys = ON")
    connection.rollback()
    bound = storage.bound(connection)
    write(bound, calls, 1)
    connection.exec_driver_sql("INSERT INTO invoices (id, owner) VALUES (1, 99)")
    with pytest.raises(IntegrityError):
        connection.commit()
    connection.rollback()
    bound.committed()
    assert calls == []


def test_connection_in_a_block(storage, engine, calls):
    with engine.begin() as connection:
        bound = storage.bound(connection)
        write(bound, calls, 1)
    bound.committed()
    assert (stored(storage), calls) == ([1], [1])


def test_committed_is_for_connections(storage, session):
    with pytest.raises(Unsupported, match="Connection"):
        storage.bound(session).committed()
    with pytest.raises(Unsupported, match="Connection"):
        storage.committed()


# -- handles that cannot be joined -------------------------------------------------------------------------------------


def test_another_database(storage, tmp_path):
    other = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with Session(other) as session, pytest.raises(Unsupported, match="another database"):
        storage.bound(session)
    with other.connect() as connection, pytest.raises(Unsupported, match="another database"):
        storage.bound(connection)
    other.dispose()


def test_the_same_file_by_another_name(storage, engine, url, tmp_path, calls):
    (tmp_path / "link.db").symlink_to(tmp_path / "host.db")
    other = create_engine(f"sqlite:///{tmp_path / 'link.db'}")
    with Session(other) as session:
        write(storage.bound(session), calls, 1)
        session.commit()
    assert (stored(storage), calls) == ([1], [1])
    other.dispose()


def test_another_kind_of_handle(storage):
    with pytest.raises(Unsupported, match="a dict cannot be joined"):
        storage.bound({})


def test_a_session_without_a_bind(storage):
    with Session() as session, pytest.raises(Unsupported, match="no engine of its own"):
        storage.bound(session)


# -- one's own write meets the host's ----------------------------------------------------------------------------------


def test_an_open_write_of_this_thread_at_first_use(storage, engine):
    with Session(engine) as host:
        host.add(Invoice(id=1))
        host.flush()
        with pytest.raises(NotAllowed, match="bound_to"):
            storage.append([record(1)])
    storage.append([record(2)])
    assert stored(storage) == [2]


@pytest.mark.parametrize("handle", ["session", "connection"])
def test_an_open_write_of_this_thread(storage, engine, handle):
    storage.append([record(1)])
    if handle == "session":
        with Session(engine) as host:
            host.add(Invoice(id=1))
            host.flush()
            with pytest.raises(NotAllowed, match="bound_to"):
                storage.append([record(2)])
            host.commit()
    else:
        with engine.begin() as host:
            host.exec_driver_sql("INSERT INTO invoices (id) VALUES (1)")
            with pytest.raises(NotAllowed, match="bound_to"):
                storage.append([record(2)])
    storage.append([record(3)])
    assert stored(storage) == [1, 3]


def test_an_open_read_of_this_thread_is_no_obstacle(storage, engine):
    with engine.connect() as host:
        host.exec_driver_sql("PRAGMA journal_mode = WAL")
    storage.append([record(1)])
    with engine.connect() as host:
        host.exec_driver_sql("BEGIN")
        host.exec_driver_sql("SELECT * FROM invoices").fetchall()
        storage.append([record(2)])
    assert stored(storage) == [1, 2]


def test_ones_own_open_transaction(storage):
    with storage.transaction() as within, pytest.raises(NotAllowed, match=r"transaction\(\)"):
        within.append([record(1)])
        storage.append([record(2)])
    assert stored(storage) == [1]


# -- in memory ---------------------------------------------------------------------------------------------------------


def test_a_shared_connection_in_memory(calls):
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine)
    storage = open_storage(engine)
    with Session(engine) as session:
        session.add(Invoice(id=1))
        write(storage.bound(session), calls, 1)
        assert stored(storage) == [1]  # the one connection sees its own transaction, and reading does not end it
        with pytest.raises(NotAllowed, match="bound_to"):
            storage.append([record(2)])
        session.rollback()
        write(storage.bound(session), calls, 3)
        session.commit()
        assert session.get(Invoice, 1) is None
    assert (stored(storage), calls) == ([3], [3])
    other = open_storage("sqlite://")
    with Session(engine) as session, pytest.raises(Unsupported, match="another database"):
        other.bound(session)
    other.close()
    engine.dispose()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the driver has this mode from Python 3.12 on")
@pytest.mark.parametrize("autocommit", [False, True])
def test_a_drivers_other_modes(url, calls, autocommit):
    engine = create_engine(url, connect_args={"autocommit": autocommit})
    storage = open_storage(engine)
    storage.append([record(1)])
    with storage.transaction() as within:
        within.append([record(2)])
    with pytest.raises(ZeroDivisionError), storage.transaction() as within:
        within.append([record(3)])
        raise ZeroDivisionError
    assert stored(storage) == [1, 2]
    if not autocommit:
        with Session(engine) as session:
            bound = storage.bound(session)
            write(bound, calls, 4)
            session.commit()
            write(bound, calls, 5)
            session.rollback()
        assert (stored(storage), calls) == ([1, 2, 4], [4])
    engine.dispose()


@pytest.mark.parametrize("of_the_engine", [True, False])
def test_a_handle_that_commits_by_itself_is_refused(tmp_path, of_the_engine):
    level = {"isolation_level": "AUTOCOMMIT"}
    engine = create_engine(f"sqlite:///{tmp_path / 'log.db'}", **(level if of_the_engine else {}))
    storage = open_storage(engine)
    with engine.connect() as connection:
        handle = connection if of_the_engine else connection.execution_options(**level)
        for each in (handle, Session(handle)):
            with pytest.raises(Unsupported, match="commits each statement"):
                storage.bound(each)
    storage.close()
    engine.dispose()
