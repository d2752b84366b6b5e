"""What is deleted is shown where it belonged: the host's ``PARENTS`` is asked while its row is there."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from activitylog import Ref
from activitylog_django import get_log
from django_adapter.crm.models import Address, Company, Contact

GROUP = Ref("group", 1)


def parents(refs):
    """Contacts belong to their company, and companies to the group, as far as their rows are there."""
    contacts = Contact.objects.filter(pk__in=[ref.id for ref in refs if ref.kind == "crm.contact"])
    companies = Company.objects.filter(pk__in=[ref.id for ref in refs if ref.kind == "crm.company"])
    found = {Ref("crm.contact", each.pk): [Ref("crm.company", each.company_id)] for each in contacts if each.company_id}
    return {**found, **{Ref("crm.company", each.pk): [GROUP] for each in companies}}


@pytest.fixture(params=[{}, {"STORE": "memory://"}], ids=["own database", "another store"])
def log(request, db):
    with override_settings(ACTIVITYLOG={**settings.ACTIVITYLOG, "PARENTS": parents, **request.param}):
        yield get_log()


@pytest.fixture
def acme(log) -> Company:
    return Company.objects.create(name="ACME")


@pytest.fixture
def kim(log, acme) -> Contact:
    return Contact.objects.create(name="Kim Weber", company=acme)


def told(log, thing) -> list[tuple[str, list[str]]]:
    """Return the newest entry of a thing: its type, and to whom its subjects belonged."""
    entry = log.timeline(thing).first()
    return entry.type, [str(ref) for ref in entry.parents]


def test_the_company_sees_that_its_contact_is_deleted(log, kim, acme):
    kim.delete()
    above = [f"crm.company:{acme.pk}", "group:1"]
    assert told(log, acme) == told(log, GROUP) == ("record.deleted", above)


def test_so_it_is_where_all_go_together(log, kim, acme):
    Address.objects.create(contact=kim, street="Hauptstr. 1")
    above = [f"crm.company:{acme.pk}", "group:1"]
    with transaction.atomic():
        Contact.objects.filter(company=acme).delete()
        acme.delete()
    assert [entry.type for entry in log.timeline(GROUP)][:2] == ["record.deleted", "address.deleted"]
    assert [[str(ref) for ref in entry.parents] for entry in log.timeline(GROUP)][:2] == [above, above]


def test_a_plain_manager_asks_too(log, kim, acme):
    Contact._base_manager.filter(pk=kim.pk).delete()
    assert told(log, acme) == ("record.deleted", [f"crm.company:{acme.pk}", "group:1"])


def test_who_is_changed_later_belongs_to_whom_they_belong_then(log, kim, acme):
    beta = Company.objects.create(name="Beta")
    pk = kim.pk
    kim.delete()
    kim = Contact.objects.create(pk=pk, name="Kim Weber", company=beta)
    kim.name = "Kim Wolf"
    kim.save()
    assert told(log, kim) == ("record.changed", [f"crm.company:{beta.pk}", "group:1"])


def test_what_is_rolled_back_was_never_told(log, kim, acme):
    with pytest.raises(KeyError), transaction.atomic():
        kim.delete()
        raise KeyError
    assert told(log, acme)[0] == "record.created"


@pytest.mark.parametrize("way", ["object", "rows"])
def test_a_delete_asks_the_database_no_more_than_parents_do(db, way):
    def asked(**options) -> int:
        with override_settings(ACTIVITYLOG={**settings.ACTIVITYLOG, **options}):
            get_log()
            acme = Company.objects.create(name="ACME")
            made = [Contact.objects.create(name=f"Kim {number}", company=acme) for number in range(5)]
            with CaptureQueriesContext(connection) as seen:
                made[0].delete() if way == "object" else Contact.objects.filter(company=acme).delete()
            return len(seen)

    def nobody(refs):
        return {}

    # That is one for contacts and one for companies; to ask for all rows at once, one more reads them.
    assert asked(PARENTS=parents) - asked() == 2 + (way == "rows")
    assert asked(PARENTS=nobody) - asked() == (way == "rows")
