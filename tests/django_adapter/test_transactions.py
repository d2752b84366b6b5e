"""What is recorded lives and dies with the host's data, wherever that and the log lie."""

from __future__ import annotations

import unittest
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from activitylog import Actor, Draft, Viewer, scope, signals
from activitylog.errors import SchemaMismatch, StorageUnavailable
from activitylog.testing import capturing
from activitylog.testing.contract.samples import newer, record
from activitylog_django import get_log
from activitylog_django.database import DjangoHost
from activitylog_django.testing import recorded_activities
from activitylog_sql import host_storage
from django_adapter.conftest import described, standing_in
from django_adapter.crm.models import Contact, Tag

STORES = ("sqlite", "postgresql", "mysql")
TYPES = {"TYPES": "django_adapter.crm.activities.types"}


@pytest.fixture
def atomic_requests(db):
    """Each request in a transaction of its own."""
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    yield
    connection.settings_dict["ATOMIC_REQUESTS"] = False


@pytest.fixture
def second(databases_of_django):
    """Another database with the host's tables."""
    with standing_in("second", databases_of_django("sqlite", 1)):
        yield "second"
        Contact._base_manager.using("second").all()._raw_delete("second")
        Tag.objects.using("second").all().delete()


@pytest.mark.parametrize("store", STORES)
def test_a_view_that_fails_leaves_nothing(log, client, atomic_requests, store):
    client.force_login(User.objects.create_user("lea"))
    with capturing(log) as seen, pytest.raises(RuntimeError, match="on second thoughts"):
        client.get("/fail/")
    assert (seen, log.everything().count(), Contact.objects.count()) == ([], 0, 0)
    with capturing(log) as seen:
        client.get("/record/")
    assert [entry.type for entry in seen] == ["call"]


@pytest.mark.parametrize("store", STORES)
def test_a_savepoint_that_is_rolled_back_takes_its_entries_along(log, store):
    with capturing(log) as seen:
        with transaction.atomic():
            log.record("note", "contact:1", note="kept")
            with pytest.raises(KeyError), transaction.atomic():
                log.record("note", "contact:1", note="gone")
                log.record_many([Draft("note", "contact:1", note="gone too")])
                raise KeyError
            assert [entry.note for entry in log.timeline("contact:1")] == ["kept"]
            assert seen == []
        assert [entry.note for entry in seen] == ["kept"]
    assert [entry.note for entry in log.timeline("contact:1")] == ["kept"]


def test_a_transaction_of_the_logs_own_does_not_begin_by_reading(db):
    """SQLite refuses at once to let a transaction write that has read, where another is about to commit."""
    storage, one = host_storage(DjangoHost("default")), record()

    def first_of(work):
        seen: list[str] = []

        def note(execute, statement, *rest):
            if connection.in_atomic_block:
                seen.append(statement.split()[0])
            return execute(statement, *rest)

        with connection.execute_wrapper(note):
            work()
        return seen[0]

    def read() -> None:
        with storage.transaction() as bound:
            bound.get(one.tenant, [one.id])

    assert first_of(lambda: storage.append([one, record()])) == "UPDATE"  # of nothing
    assert first_of(lambda: storage.replace(newer(one), expected_version=1)) == "UPDATE"
    assert first_of(read) == "UPDATE"


@pytest.mark.parametrize("store", ["postgresql"])
def test_who_loses_a_deadlock_has_recorded_nothing(log, store):
    log.record("note", "contact:1", note="before")  # who writes the first entry of a tenant is waited for
    kim, ada = Contact.objects.create(name="Kim"), Contact.objects.create(name="Ada")
    before = log.everything().count()
    both = Barrier(2)

    def rename(first: Contact, second: Contact) -> str:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL deadlock_timeout = '100ms'")
                for contact in (first, second):
                    log.record("note", contact, note=f"{first.name} first")
                    Contact._base_manager.filter(pk=contact.pk).update(city=first.name)
                    if contact is first:
                        both.wait(30)
        except OperationalError as error:
            return str(getattr(error.__cause__, "sqlstate", ""))
        finally:
            connection.close()
        return "done"

    with capturing(log) as seen, ThreadPoolExecutor(2) as pool:
        told = list(pool.map(rename, (kim, ada), (ada, kim)))
    won = (kim, ada)[told.index("done")].name
    assert sorted(told) == ["40P01", "done"]
    assert [entry.note for entry in seen] == [f"{won} first"] * 2
    assert log.everything().count() == before + 2
    assert {contact.city for contact in Contact.objects.all()} == {won}


@pytest.mark.parametrize("store", STORES)
def test_recording_costs_one_query_on_postgresql_and_two_elsewhere(log, store):
    log.record("note", "contact:1")
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        log.record("note", "contact:1")
    assert len(asked) == (1 if store == "postgresql" else 2), [query["sql"] for query in asked]


def test_a_log_elsewhere_is_written_after_the_commit(db):
    with override_settings(ACTIVITYLOG={**TYPES, "STORE": "memory://"}):
        log = get_log()
        with capturing(log) as seen:
            with pytest.raises(KeyError), transaction.atomic():
                Contact.objects.create(name="Nobody")
                log.record("note", "contact:1")
                raise KeyError
            with scope(actor=Actor.user(3)), transaction.atomic():
                Contact.objects.create(name="Kim")
                with pytest.raises(KeyError), transaction.atomic():
                    log.record("note", "contact:1")
                    raise KeyError
                assert not log.everything().exists()
        assert [(entry.type, entry.actor) for entry in log.everything()] == [("record.created", Actor.user(3))]
        assert seen == list(log.everything())


def test_where_that_fails_the_data_stays_and_the_loss_is_told(db, tmp_path, caplog):
    folder = tmp_path / "none" / "crm.db"
    with override_settings(ACTIVITYLOG={**TYPES, "STORE": f"sqlite:///{folder}"}):
        lost = []
        log = get_log()
        signals.lost.connect(lambda sender, **told: lost.append(told), sender=log, weak=False)
        with transaction.atomic():
            Contact.objects.create(name="Kim")
        assert Contact.objects.count() == 1
        [told] = lost
        assert isinstance(told["error"], StorageUnavailable)
        assert [draft.what for draft in told["drafts"]] == ["record.created"]
    assert "not recorded" in caplog.text


def test_a_model_in_another_database_is_recorded_after_that_ones_commit(log, second):
    with pytest.raises(KeyError), transaction.atomic(using=second):
        Contact.objects.using(second).create(name="Nobody")
        raise KeyError
    with transaction.atomic(using=second):
        with scope(actor=Actor.user(3), tenant="south"):
            Contact.objects.using(second).create(name="Kim")
        with scope(tenant="south"):
            assert not log.everything().exists()
    with scope(tenant="south"):
        assert [(entry.type, entry.actor) for entry in log.everything()] == [("record.created", Actor.user(3))]


def test_where_the_logs_database_then_fails_the_data_stays_and_the_loss_is_told(db, second, fresh_database, caplog):
    lost = []
    with standing_in("default", described(fresh_database("sqlite"))), override_settings(ACTIVITYLOG=TYPES):
        log = get_log()
        signals.lost.connect(lambda sender, **told: lost.append(told), sender=log, weak=False)
        with transaction.atomic(using=second):
            Contact.objects.using(second).create(name="Kim")
    assert Contact.objects.using(second).count() == 1
    assert [(draft.what, type(told["error"])) for told in lost for draft in told["drafts"]] == [
        ("record.created", SchemaMismatch)
    ]
    assert "the data is committed; not recorded: 1 entries (SchemaMismatch)" in caplog.text


def test_the_log_can_lie_in_the_second_database(db, second):
    with override_settings(ACTIVITYLOG={**TYPES, "DATABASE": second}):
        log = get_log()
        with pytest.raises(KeyError), transaction.atomic(using=second):
            Contact.objects.using(second).create(name="Nobody")
            log.record("note", "contact:1")
            raise KeyError
        assert not log.everything().exists()
        Contact.objects.using(second).create(name="Kim")
        assert log.everything().count() == 1
    assert not get_log().everything().exists()


def test_in_a_test_case_which_never_commits_what_is_recorded_is_seen(log):
    class Host(TestCase):
        databases = ("default",)

        def test(self):
            with capturing(log) as seen:
                kim = Contact.objects.create(name="Kim")
                assert [entry.type for entry in log.timeline(kim)] == ["record.created"]
            assert seen == []
            with recorded_activities() as seen:
                kim.delete()
            assert [entry.type for entry in seen] == ["record.deleted"]

    result = unittest.TestResult()
    unittest.TestSuite([Host("test")]).run(result)
    assert (result.errors, result.failures, result.testsRun) == ([], [], 1)
    assert not log.everything().exists()


def test_a_test_that_never_commits_leaves_no_belief_to_the_next_one(log):
    class Host(TestCase):
        def test(self):
            with recorded_activities():
                log.record("note", "contact:1", readers="user:9")
            assert log.visible_to(Viewer("user:9")).timeline("contact:1").count() == 1

    result = unittest.TestResult()
    unittest.TestSuite([Host("test"), Host("test")]).run(result)
    assert (result.errors, result.failures, result.testsRun) == ([], [], 2)
