"""``TrackedQuerySet``: many objects at once, and one call that records them."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from activitylog import Ref, signals
from activitylog.errors import Refused, Unsupported
from activitylog_django import TrackedQuerySet
from django_adapter.crm.models import Company, Contact, Tag

STORES = ("sqlite", "postgresql", "mysql")


@pytest.fixture
def three(log) -> list[Contact]:
    return Contact.objects.bulk_create(Contact(name=name, city="Ulm") for name in ("Ana", "Ben", "Cem"))


def last(log, thing) -> dict:
    entry = log.timeline(thing).first()
    return {change.field: (change.old, change.new) for change in entry.changes}


def recordings(asked) -> int:
    """Return how many statements wrote entries."""
    writing = ("INTO activitylog_entries", "COPY activitylog_entries")
    return len([query for query in asked if any(words in str(query["sql"]) for words in writing)])


@pytest.mark.parametrize("store", STORES)
def test_bulk_create_records_all_by_one_call(log, store):
    Contact.objects.create(name="first")  # what is read once is read
    with CaptureQueriesContext(connection) as asked:
        made = Contact.objects.bulk_create([Contact(name="Ana"), Contact(name="Ben")])
    assert recordings(asked) == 1
    assert [log.timeline(each).first().type for each in made] == ["record.created"] * 2
    made[0].city = "Bonn"
    with CaptureQueriesContext(connection) as asked:
        made[0].save()
    assert not [query for query in asked if str(query["sql"]).startswith("SELECT")]
    assert last(log, made[0]) == {"city": ("", "Bonn")}


def test_bulk_create_that_cannot_know_what_is_new_is_refused(log):
    with pytest.raises(Unsupported, match="nobody knows which rows are new"):
        Contact.objects.bulk_create([Contact(name="Ana")], ignore_conflicts=True)
    assert not Contact.objects.exists()


def test_bulk_update_records_what_differs(log, three):
    ana, ben, cem = Contact.objects.order_by("name")
    ana.city, ben.city, ana.name = "Bonn", "Ulm", "Anna"
    cem = Contact(pk=cem.pk, name="Cem", city="Köln")
    with CaptureQueriesContext(connection) as asked:
        Contact.objects.bulk_update([ana, ben, cem], ["city"])
    assert recordings(asked) == 1
    assert (last(log, ana), last(log, cem)) == ({"city": ("Ulm", "Bonn")}, {"city": ("Ulm", "Köln")})
    assert log.timeline(ben).count() == 1
    ana.save()
    assert last(log, ana) == {"name": ("Ana", "Anna")}


@pytest.mark.parametrize("store", STORES)
def test_update_records_what_changed_in_each_row(log, three, store):
    acme = Company.objects.create(name="ACME")
    with CaptureQueriesContext(connection) as asked:
        assert Contact.objects.exclude(name="Cem").update(company=acme, visits=F("visits") + 1, city="Ulm") == 2
    assert recordings(asked) == 1
    expected = {"company": (None, "ACME"), "visits": (0, 1)}
    assert [last(log, each) for each in three[:2]] == [expected] * 2
    assert log.timeline(three[2]).count() == 1


def test_update_of_what_is_not_tracked_or_of_nothing_records_nothing(log, three):
    assert Contact.objects.filter(name="nobody").update(city="Bonn") == 0
    assert Contact.objects.update(updated_at=three[0].updated_at) == 3
    assert log.everything().count() == 3


@pytest.mark.parametrize("store", STORES)
def test_delete_records_all_by_one_call(log, three, store):
    refs = [Ref("crm.contact", each.pk) for each in three]
    with CaptureQueriesContext(connection) as asked:
        Contact.objects.all().delete()
    assert recordings(asked) == 1
    assert [log.timeline(ref).first().type for ref in refs] == ["record.deleted"] * 3


def test_all_of_it_is_rolled_back_with_the_transaction(log, three):
    with pytest.raises(KeyError), transaction.atomic():
        Contact.objects.bulk_create([Contact(name="Dan")])
        Contact.objects.update(city="Bonn")
        Contact.objects.bulk_update(three, ["city"])
        Contact.objects.all().delete()
        raise KeyError
    assert (Contact.objects.filter(city="Ulm").count(), log.everything().count()) == (3, 3)


def test_what_fails_in_the_end_writes_nothing(log, three):
    with pytest.raises(TypeError):
        Contact.objects.all()[:2].update(city="Bonn")
    with pytest.raises(KeyError), transaction.atomic():
        Contact.objects.all()[:1].get().delete()
        raise KeyError
    assert log.everything().count() == 3


def test_what_cannot_be_recorded_is_not_written(log, three):
    def refuse(sender, drafts):
        raise Refused("not today")

    for write in (
        lambda: Contact.objects.bulk_create([Contact(name="Dan")]),
        lambda: Contact.objects.update(city="Bonn"),
        lambda: Contact.objects.bulk_update([Contact(pk=three[0].pk, city="Bonn")], ["city"]),
        lambda: Contact.objects.all().delete(),
    ):
        with signals.recording.connected_to(refuse, sender=log), pytest.raises(Refused):
            write()
        assert Contact.objects.filter(city="Ulm").count() == Contact.objects.count() == 3


def test_it_reads_as_any_other(log, three):
    assert list(Contact.objects.order_by("name").values_list("name", flat=True)) == ["Ana", "Ben", "Cem"]
    assert Contact.objects.values("city").distinct().get() == {"city": "Ulm"}
    changed = {name for name, own in vars(TrackedQuerySet).items() if name in vars(QuerySet) and callable(own)}
    assert changed == {"bulk_create", "bulk_update", "update", "delete"}, "no other name of Django's is taken"


def test_a_model_that_is_not_tracked_cannot_have_one(log):
    with pytest.raises(ImproperlyConfigured, match="Tag has a TrackedQuerySet and no @track"):
        TrackedQuerySet(Tag).update(name="x")
