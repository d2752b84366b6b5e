"""Transactions of a replica set's, the host's too; run where ``ACTIVITYLOG_TEST_MONGODB_URL`` names one."""

import pytest

from activitylog import ActivityLog, Actor, signals
from activitylog.errors import NotAllowed, Unsupported
from activitylog.storage import Capability
from activitylog.testing.contract.samples import query, record

pytestmark = pytest.mark.usefixtures("replica_set")


@pytest.fixture
def log(client):
    log = ActivityLog(client.get_default_database(), actor=Actor.system("host"))
    yield log
    log.close()


def test_what_is_declared(storage):
    assert storage.capabilities >= {Capability.TRANSACTIONS, Capability.BOUND, Capability.ISOLATED_BATCHES}


def test_activities_live_and_die_with_the_hosts_data(log, client):
    hosts = client.get_default_database()["orders"]
    hosts.insert_one({"_id": 0})
    for kept in (False, True):
        with client.start_session() as session, session.start_transaction():
            hosts.insert_one({"_id": f"order {kept}"}, session=session)
            log.bound_to(session).record("record.changed", "order:1")
            if not kept:
                session.abort_transaction()
        assert log.timeline("order:1").count() == hosts.count_documents({"_id": f"order {kept}"}) == kept


def test_signals_go_with_the_hosts_word(log, client):
    heard = []

    def receive(_, activities):
        heard.extend(activities)

    with signals.recorded.connected_to(receive, sender=log), client.start_session() as session:
        session.start_transaction()
        bound = log.bound_to(session)
        bound.record("record.changed", "order:1")
        assert heard == []
        session.commit_transaction()
        bound.committed()
    assert len(heard) == 1


def test_a_session_of_another_client_cannot_be_joined(storage, client):
    with client.start_session() as session, pytest.raises(Unsupported, match="another client"):
        storage.bound(session)


def test_a_session_without_a_transaction_is_not_written_in(log, client):
    with client.start_session() as session, pytest.raises(NotAllowed, match="start_transaction"):
        log.bound_to(session).record("record.changed", "order:1")


def test_a_transaction_that_has_ended_is_not_gone_on_with(storage):
    with storage.transaction() as inside:
        inside.append([record(1)])
    with pytest.raises(NotAllowed, match="has ended"):
        inside.append([record(2)])
    assert len(storage.fetch(query())) == 1


def test_a_batch_leaves_no_line_in_the_journal(storage, database):
    storage.append([record(1), record(2)])
    assert database["activitylog_batches"].count_documents({}) == 0
