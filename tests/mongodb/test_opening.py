"""From a URL or a host's database to a store: options, processes, and what is said when something is wrong."""

import logging
import os
import re
import traceback

import pymongo
import pytest
from pymongo import errors

from activitylog import ActivityLog, Actor
from activitylog.errors import (
    InvalidInput,
    SchemaMismatch,
    StorageError,
    StorageUnavailable,
    Unsupported,
    WriteConflict,
)
from activitylog.testing.contract.samples import query, record
from activitylog_mongo import open_storage
from activitylog_mongo._errors import MAPPED

SECRET = "s3cr3t"


def settings(url):
    connection = open_storage(url)._store._connection
    client = connection.database().client
    found = client.options
    result = found.write_concern.document, client.options.server_selection_timeout, found.pool_options.max_pool_size
    connection.close()
    return result


def test_defaults_are_safe_ones():
    assert settings("mongodb://localhost/crm") == ({"j": True}, 5, 100)


def test_on_a_replica_set_the_majority_confirms():
    for options, concern in (("", {"w": "majority", "j": True}), ("?w=1", {"w": 1, "j": True})):
        connection = open_storage(f"mongodb://localhost/crm{options}")._store._connection
        assert connection.confirming(connection.database(), replicated=True).write_concern.document == concern
        connection.close()


def test_the_url_has_the_last_word():
    url = "mongodb://localhost/crm?w=1&journal=false&serverSelectionTimeoutMS=700&maxPoolSize=7"
    assert settings(url) == ({"w": 1, "j": False}, 0.7, 7)
    assert settings("mongodb://localhost/crm?w=2&ActivitylogLease=3") == ({"w": 2, "j": True}, 5, 100)
    assert settings("mongodb://localhost/crm?w=0") == ({"w": 0}, 5, 100)


def test_the_lease_is_an_option_of_ours():
    assert open_storage("mongodb://localhost/crm")._store._lease == 10
    assert open_storage("mongodb://localhost/crm?activitylogLease=0.5")._store._lease == 0.5


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mongodb://", "no URL"),
        ("mongodb:crm", "no URL"),
        ("mongodb://localhost", "has to name a database"),
        ("mongodb://localhost/?w=1", "has to name a database"),
        ("mongodb://localhost/crm?activitylogLease=soon", "a number of seconds"),
        ("mongodb://localhost/crm?activitylogLease=0", "a number of seconds"),
        (f"mongodb://lea:{SECRET}@x@localhost/crm", "as MongoDB's driver expects it"),
        (f"mongodb://lea:{SECRET}@localhost:{SECRET}/crm", "as MongoDB's driver expects it"),
        (f"mongodb://lea:{SECRET}@localhost/crm?authMechanism={SECRET}", "check authMechanism"),
        (f"mongodb://lea:{SECRET}@localhost/crm?w=1&tls=maybe", "check tls"),
        ("mongodb://localhost/a.b", "as MongoDB's driver expects it"),
        ("mongodb://localhost/crm?maxPoolSise=1", "check maxPoolSise"),
    ],
)
def test_a_url_that_is_not_understood_is_an_error_at_once_and_keeps_its_secret(url, said):
    with pytest.raises(InvalidInput, match=said) as caught:
        ActivityLog(url)
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in told.replace(url, "")


def test_nothing_tells_the_secret(caplog):
    caplog.set_level(logging.DEBUG)
    url = f"mongodb://lea:{SECRET}@127.0.0.1:1/crm?serverSelectionTimeoutMS=50&connectTimeoutMS=50"
    log = ActivityLog(url, actor=Actor.system("x"))
    with pytest.raises(StorageUnavailable) as caught:
        log.record("record.changed", "contact:1")
    assert caught.value.retry
    told = "".join(traceback.format_exception(caught.value))
    assert SECRET not in told + caplog.text + repr(log) + repr(log.storage) + repr(vars(log.storage._store))
    assert SECRET not in repr(log.storage._store._connection)
    log.close()


def test_the_hosts_database_is_shared_and_left_open(url, client):
    database = client.get_default_database()
    log = ActivityLog(database, actor=Actor.system("host"))
    entry = log.record("record.changed", "contact:1")
    assert log.storage._store.process.client is client
    log.close()
    assert client.admin.command("ping")["ok"] == 1
    other = ActivityLog(url)
    assert [each.id for each in other.timeline("contact:1")] == [entry.id]
    other.close()


def test_the_hosts_settings_do_not_change_what_is_read(url, opened):
    options = {"tz_aware": True, "document_class": dict, "readPreference": "secondaryPreferred"}
    with pymongo.MongoClient(url.replace("activitylogLease=1", ""), **options) as client:
        storage = opened(client.get_default_database())
        one = record()
        storage.append([one])
        assert list(storage.fetch(query())) == [one]


def test_closed_it_can_be_used_again(opened):
    storage = opened()
    storage.append([record(1)])
    storage.close()
    assert len(storage.fetch(query())) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_child_leaves_the_clients_of_its_parent_alone(storage):
    storage.append([record(1), record(2)])
    theirs = storage._store.process
    their_client = theirs.client
    child = os.fork()
    if not child:
        code = 1
        try:
            assert storage._store.process is not theirs
            assert storage._store.process.client is not their_client
            storage.append([record(3), record(4)])
            storage.close()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert (storage._store.process, theirs.client) == (theirs, their_client)
    assert len(storage.fetch(query())) == 4


def test_only_a_session_can_be_joined(storage):
    with pytest.raises(Unsupported, match="ClientSession"):
        storage.bound(object())


@pytest.mark.usefixtures("standalone")
def test_a_server_by_itself_has_no_transactions(storage, client):
    with pytest.raises(Unsupported, match="replica set"), storage.transaction():
        pass
    with client.start_session() as session, pytest.raises(Unsupported, match="stands alone"):
        storage.bound(session)


@pytest.mark.usefixtures("standalone")
def test_a_server_by_itself_cannot_confirm_by_others(url, opened):
    with pytest.raises(StorageUnavailable, match="leave out w"):
        opened(f"{url}&w=2").append([record()])


def test_a_client_is_no_store(client):
    with pytest.raises(InvalidInput, match="give a URL, or a Database"):
        open_storage(client)


def test_a_pool_that_is_exhausted(url, opened):
    storage = opened(f"{url}&maxPoolSize=1&waitQueueTimeoutMS=50")
    storage.append([record(number) for number in range(1, 1000)])
    entries = storage._store.process.collections.entries
    with entries.find(batch_size=2, cursor_type=pymongo.CursorType.EXHAUST) as cursor:  # which keeps its connection
        next(cursor)
        with pytest.raises(StorageUnavailable, match="maxPoolSize") as caught:
            storage.fetch(query())
    assert caught.value.retry


FAILED = errors.OperationFailure

TABLE = [
    (errors.ServerSelectionTimeoutError("x"), StorageUnavailable, True, "no server that takes writes"),
    (errors.AutoReconnect("x"), StorageUnavailable, True, "connection was lost"),
    (errors.NetworkTimeout("x"), StorageUnavailable, True, "connection was lost"),
    (errors.NotPrimaryError("x"), StorageUnavailable, True, "connection was lost"),
    (errors.WaitQueueTimeoutError("x"), StorageUnavailable, True, "maxPoolSize"),
    (errors.InvalidOperation("x"), StorageUnavailable, False, "client was closed"),
    (errors.ConfigurationError("x"), StorageUnavailable, False, "check the URL"),
    (FAILED("x", 18), StorageUnavailable, False, "user and password"),
    (FAILED("x", 13), StorageUnavailable, False, "readWrite"),
    (FAILED("x", 14031), StorageUnavailable, True, "disk is full"),
    (FAILED("x", 11600), StorageUnavailable, True, "shutting down"),
    (FAILED("x", 10107), StorageUnavailable, True, "primary"),
    (errors.WriteConcernError("x", 64), StorageUnavailable, True, "confirm"),
    (errors.WTimeoutError("x", 64), StorageUnavailable, True, "longer"),
    (errors.ExecutionTimeout("x", 50), StorageUnavailable, True, "longer"),
    (errors.DocumentTooLarge("x"), StorageError, False, "16 MB"),
    (FAILED("x", 10334), StorageError, False, "16 MB"),
    (FAILED("hint provided does not correspond to an index", 2), SchemaMismatch, False, "activitylog migrate"),
    (FAILED("x", 2), StorageError, False, "code 2"),
    (FAILED("x", 112), WriteConflict, True, "another writer"),
    (errors.BulkWriteError({"writeErrors": [{"index": 0, "code": 14031}]}), StorageUnavailable, True, "disk is full"),
    (
        errors.BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}),
        StorageUnavailable,
        True,
        "confirm",
    ),
    (FAILED("x", 99999), StorageError, False, "code 99999"),
    (errors.PyMongoError("x"), StorageError, False, "PyMongoError"),
]


@pytest.mark.parametrize(("error", "kind", "retry", "said"), TABLE)
def test_errors_of_the_driver(error, kind, retry, said):
    with pytest.raises(kind, match=re.escape(said)) as caught, MAPPED:
        raise error
    assert type(caught.value) is kind
    assert caught.value.retry is retry
    assert caught.value.__cause__ is error


def test_what_may_be_repeated_in_a_transaction_is_told_by_its_label():
    error = FAILED("x", 1, {"errorLabels": ["TransientTransactionError"]})
    with pytest.raises(WriteConflict), MAPPED:
        raise error
