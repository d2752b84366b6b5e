"""Bad stores: a clear error of ours with the driver's as its cause, and nothing half written."""

import os
import sqlite3
import subprocess
import threading

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from activitylog.errors import InvalidInput, StorageError, StorageUnavailable, Unsupported
from activitylog.storage import Document
from activitylog.testing.contract.samples import TENANT, query, record
from activitylog_sql import open_storage

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write what is read-only")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.db"


@pytest.fixture
def filled(path):
    """A file with one entry, and no store open on it."""
    storage = open_storage(f"sqlite:///{path}")
    storage.append([record(1)])
    storage.close()
    return path


@pytest.fixture
def opened():
    """Opens stores, and closes them at the end."""
    stores = []

    def open_(source, **options):
        stores.append(open_storage(f"sqlite:///{source}?timeout=0.2"))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


def refusal(call, *args, **options):
    """Return the error that a call raises, whose cause is the driver's."""
    with pytest.raises(StorageError) as caught:
        call(*args, **options)
    assert caught.value.__cause__ is not None
    return caught.value


def test_missing_folder(tmp_path, opened):
    error = refusal(opened(tmp_path / "none" / "log.db").fetch, query())
    assert isinstance(error, StorageUnavailable)
    assert "folder must exist" in str(error)
    assert not error.retry


def test_no_database(path, opened):
    path.write_text("Dear diary, " * 100)
    error = refusal(opened(path).append, [record(1)])
    assert isinstance(error, StorageUnavailable)
    assert "no SQLite database" in str(error)
    assert path.read_text() == "Dear diary, " * 100


def test_damaged_file(filled, opened):
    storage = opened(filled)
    storage.append([record(number, note="x" * 500) for number in range(2, 400)])
    storage.close()
    content = bytearray(filled.read_bytes())
    for page in range(3, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    filled.write_bytes(content)
    error = refusal(opened(filled).fetch, query())
    assert isinstance(error, StorageUnavailable)
    assert "damaged" in str(error)
    assert "restore" in str(error)


def read_only(path):
    """Open a store on an engine whose connections may only read."""
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
    )
    return engine, open_storage(engine)


def test_read_only(filled, opened):
    engine, storage = read_only(filled)
    assert len(storage.fetch(query())) == 1
    error = refusal(storage.append, [record(2)])
    assert isinstance(error, StorageUnavailable)
    assert "read-only" in str(error)
    assert len(storage.fetch(query())) == 1
    engine.dispose()


@not_as_root
def test_read_only_file(filled, opened):
    filled.chmod(0o444)
    storage = opened(filled)
    assert len(storage.fetch(query())) == 1
    assert "read-only" in str(refusal(storage.append, [record(2)]))


def limited(path):
    """Open a store on an engine whose database cannot grow."""
    engine = create_engine(f"sqlite:///{path}")
    storage = open_storage(engine)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 5}")
    return engine, storage


def test_full_database(filled):
    engine, storage = limited(filled)
    many = [record(number, note="x" * 5000) for number in range(2, 100)]
    error = refusal(storage.append, many)
    assert isinstance(error, StorageUnavailable)
    assert "full" in str(error)
    assert error.retry
    assert [entry.id for entry in storage.fetch(query())] == [record(1).id]
    assert storage.append([record(200)])[0].created
    engine.dispose()


def test_full_within_a_transaction(filled):
    engine, storage = limited(filled)
    calls = []
    with pytest.raises(StorageUnavailable, match="undone the transaction"), storage.transaction() as within:
        within.append([record(2)])
        within.after_commit(lambda: calls.append(2))
        refusal(within.append, [record(number, note="x" * 5000) for number in range(3, 100)])
    with pytest.raises(StorageUnavailable, match="undone the transaction"), storage.transaction() as within:
        refusal(within.append, [record(number, note="x" * 5000) for number in range(3, 100)])
        within.append([record(101)])
    assert ([entry.id for entry in storage.fetch(query())], calls) == ([record(1).id], [])
    engine.dispose()


def test_full_within_the_hosts_transaction(filled):
    engine, storage = limited(filled)
    calls = []
    with Session(engine) as session:
        bound = storage.bound(session)
        bound.append([record(2)])
        bound.after_commit(lambda: calls.append(2))
        refusal(bound.append, [record(number, note="x" * 5000) for number in range(3, 100)])
        with pytest.raises(InvalidRequestError, match="rolled back"):
            session.commit()
        session.rollback()
        bound.append([record(3)])
        session.commit()
    assert ([entry.id for entry in storage.fetch(query(newest_first=False))], calls) == (
        [record(1).id, record(3).id],
        [],
    )
    engine.dispose()


@as_root
def test_full_disk(tmp_path, opened):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this root may not mount")
    try:
        storage = opened(disk / "log.db")
        storage.append([record(1)])
        error = refusal(storage.append, [record(number, note="x" * 5000) for number in range(2, 200)])
        assert isinstance(error, StorageUnavailable)
        assert error.retry
        assert [entry.id for entry in storage.fetch(query())] == [record(1).id]
        storage.append([record(300)])
        storage.close()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_locked_by_another(filled, opened):
    storage = opened(filled)
    with sqlite3.connect(filled) as other:
        other.execute("BEGIN IMMEDIATE")
        error = refusal(storage.append, [record(2)])
        assert isinstance(error, StorageUnavailable)
        assert error.retry
        assert "bound_to" in str(error)
        assert len(storage.fetch(query())) == 1
        other.rollback()
        assert storage.append([record(2)])[0].created
    other.close()


def test_waits_for_another_thread(filled):
    storage = open_storage(f"sqlite:///{filled}")
    holds, release = threading.Event(), threading.Event()

    def hold():
        with storage.transaction() as within:
            within.append([record(2)])
            holds.set()
            assert release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert holds.wait(10)
    threading.Timer(0.05, release.set).start()
    storage.append([record(3)])
    holder.join()
    assert len(storage.fetch(query())) == 3
    storage.close()


def test_stale_read_in_a_bound_transaction(filled):
    engine = create_engine(f"sqlite:///{filled}")
    storage = open_storage(engine)
    storage.setup()
    with engine.connect() as host:
        host.exec_driver_sql("BEGIN")
        bound = storage.bound(host)
        assert len(bound.fetch(query())) == 1
        writer = threading.Thread(target=lambda: storage.append([record(2)]))
        writer.start()
        writer.join()
        error = refusal(bound.append, [record(3)])
        assert error.retry
        host.rollback()
        assert bound.append([record(3)])[0].created
        host.commit()
    assert len(storage.fetch(query())) == 3
    engine.dispose()


def test_missing_table(filled, opened):
    with sqlite3.connect(filled) as connection:
        connection.execute("DROP TABLE activitylog_documents")
    connection.close()
    error = refusal(opened(filled).put_document, Document(TENANT, "k", "n", "{}"), expected_version=0)
    assert "setup()" in str(error)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///x.db?timeout=soon", "timeout"),
        ("sqlite:///x.db?timeout=-1", "timeout"),
        ("sqlite:///x.db?synchronous=MAYBE", "FULL"),
        ("sqlite:///x.db?tiemout=3", "tiemout"),
        ("just a name", "sqlite:///"),
    ],
)
def test_a_url_that_is_not_understood(url, says):
    with pytest.raises(InvalidInput, match=says) as caught:
        open_storage(url)
    assert caught.value.field == "store"


def test_another_database():
    with pytest.raises(Unsupported, match="oracle") as caught:
        open_storage("oracle+oracledb://crm:top-secret@db/crm")
    assert "secret" not in str(caught.value)


def test_settings_of_a_url(path, tmp_path):
    names = ("journal_mode", "synchronous", "busy_timeout")

    def settings(url):
        storage = open_storage(url)
        storage.setup()
        with storage._work.database._taken() as connection:
            found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
        storage.close()
        return found

    assert settings(f"sqlite:///{path}") == ["wal", 2, 30_000]
    assert settings(f"sqlite:///{tmp_path / 'other.db'}?synchronous=normal&timeout=1.5") == ["wal", 1, 1500]


def test_a_hosts_engine_keeps_its_settings(path):
    engine = create_engine(f"sqlite:///{path}")
    storage = open_storage(engine)
    storage.append([record(1)])
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "delete"
    storage.close()
    assert storage.append([record(2)])[0].created
    engine.dispose()
