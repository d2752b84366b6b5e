"""What ``@track`` records of the objects of models, and what it costs."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date
from decimal import Decimal

import django
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from activitylog import REDACTED, Actor, Ref, scope, signals
from activitylog.errors import InvalidInput, Refused
from activitylog_django import track
from activitylog_django.tracked import fitting
from django_adapter.crm.models import Address, Colleague, Company, Contact, Invoice, Key, Party, Person, Tag

STORES = ("sqlite", "postgresql", "mysql")


def told(log, thing) -> list:
    """Return the type and the changes of what is recorded about a thing, oldest first."""
    return [
        (entry.type, {change.field: (change.old, change.new) for change in entry.changes})
        for entry in log.timeline(thing).oldest_first()
    ]


def changes(log, thing) -> dict:
    """Return the last changes of a thing; the fields of new ones are not told."""
    type, found = told(log, thing)[-1]
    assert type.endswith(".changed")
    return found


@pytest.fixture
def kim(log) -> Contact:
    return Contact.objects.create(name="Kim Weber", city="Ulm")


def test_a_new_object_is_recorded_with_its_values(log):
    acme = Company.objects.create(name="ACME")
    with scope(actor=Actor.user(3, "Lea Müller")):
        kim = Contact.objects.create(name="Kim", iban="DE02", company=acme, born=date(1990, 5, 1))
    [entry] = log.timeline(kim)
    assert (entry.type, entry.actor.label, entry.subjects[0].label) == ("record.created", "Lea Müller", "Kim")
    assert told(log, kim)[0][1] == {
        "name": (None, "Kim"),
        "status": (None, "New contact"),
        "iban": (REDACTED, REDACTED),
        "company": (None, "ACME"),
        "visits": (None, 0),
        "born": (None, "1990-05-01"),
        "extra": (None, "{}"),
    }


def test_of_a_new_object_nothing_is_told_that_is_empty(log):
    street = Address.objects.create(contact=Contact.objects.create(name="Kim"), street="")
    [entry] = log.timeline(f"crm.address:{street.pk}")
    assert (entry.type, entry.changes) == ("address.created", ())


def test_a_change_holds_old_and_new_as_people_know_them(log, kim):
    acme, beta = Company.objects.create(name="ACME"), Company.objects.create(name="Beta")
    kim.company = acme
    kim.save()
    kim = Contact.objects.get()
    kim.status, kim.company, kim.limit, kim.extra["a"] = "won", beta, Decimal("90.00"), [1, "ä"]
    kim.save()
    assert changes(log, kim) == {
        "status": ("New contact", "Customer"),
        "company": ("ACME", "Beta"),
        "limit": (None, "90.00"),
        "extra": ("{}", '{"a": [1, "ä"]}'),
    }


def test_of_two_that_have_the_same_name_the_refs_are_told_too(log, kim):
    acme, other = Company.objects.create(name="ACME"), Company.objects.create(name="ACME")
    kim.company = acme
    kim.save()
    assert changes(log, kim) == {"company": (None, "ACME")}
    kim.company = other
    kim.save()
    assert changes(log, kim) == {
        "company": (f"ACME (crm.company:{acme.pk})", f"ACME (crm.company:{other.pk})"),
    }
    vip, same = Tag.objects.create(name="VIP"), Tag.objects.create(name="VIP")
    kim.tags.add(vip, same, Tag.objects.create(name="old"))
    assert changes(log, kim) == {"tags": (None, [f"VIP (crm.tag:{vip.pk})", f"VIP (crm.tag:{same.pk})", "old"])}
    kim.tags.remove(vip)
    assert changes(log, kim) == {"tags": (["VIP"], None)}


def test_a_foreign_key_is_told_by_name_also_where_only_its_key_was_assigned(log, kim):
    acme = Company.objects.create(name="ACME")
    kim.company_id = acme.pk
    kim.save()
    assert changes(log, kim) == {"company": (None, "ACME")}
    kim = Contact.objects.get()
    kim.company_id = None
    kim.save()
    assert changes(log, kim) == {"company": ("ACME", None)}


def test_a_save_that_changes_nothing_records_nothing(log, kim):
    kim.save()
    kim.city = "Ulm"
    kim.limit = None
    kim.save()
    Contact.objects.get().save()
    assert len(told(log, kim)) == 1


def test_a_value_that_was_assigned_in_another_form_is_no_change(log, kim):
    kim.born, kim.limit, kim.visits = date(1990, 5, 1), Decimal("5.00"), 3
    kim.save()
    again = Contact.objects.get()
    again.born, again.limit, again.visits = "1990-05-01", 5, "3"
    again.save()
    assert len(told(log, kim)) == 2


def test_of_a_masked_field_only_that_it_changed_is_kept(log, kim):
    kim.iban = "DE02120300000000202051"
    kim.save()
    assert changes(log, kim) == {"iban": (REDACTED, REDACTED)}
    assert "DE0212" not in json.dumps([entry.to_dict() for entry in log.everything()])


def test_passwords_and_masked_relations_are_never_told(log):
    key = Key.objects.create(password="geheim")
    key.password = "noch geheimer"
    key.save()
    assert changes(log, key) == {"password": (REDACTED, REDACTED)}
    key.tags.add(Tag.objects.create(name="secret society"))
    assert changes(log, key) == {"tags": (REDACTED, REDACTED)}
    everything = json.dumps([entry.to_dict() for entry in log.everything()])
    assert "geheim" not in everything
    assert "secret society" not in everything


def test_an_object_without_any_value_is_recorded_too(log):
    assert told(log, Key.objects.create()) == [("record.created", {})]


def test_choices_are_told_in_the_language_of_the_site_whoever_saves(log):
    key = Key.objects.create()
    key.day = "mon"
    with translation.override("de"):
        key.save()
    assert changes(log, key) == {"day": (None, "Monday")}


def test_an_object_that_was_given_another_key_is_compared_with_what_has_that_key(log, kim):
    tom = Contact.objects.create(name="Tom", city="Bonn")
    kim.pk, kim.name = tom.pk, "Tom"
    kim.save()
    assert changes(log, tom) == {"city": ("Bonn", "Ulm")}


def test_of_a_deleted_object_the_last_values_are_kept(log, kim):
    ref = Ref("crm.contact", kim.pk)
    with scope(actor=Actor.user(3)):
        kim.delete()
    type, found = told(log, ref)[-1]
    assert (type, found["name"], found["city"]) == ("record.deleted", ("Kim Weber", None), ("Ulm", None))
    assert log.timeline(ref).first().subjects[0].label == "Kim Weber"


def test_what_goes_with_a_deleted_object_is_recorded_too(log, kim):
    Address.objects.create(contact=kim, street="Main 1")
    Address.objects.create(contact=kim, street="Main 2")
    ref = Ref("crm.contact", kim.pk)
    kim.delete()
    assert sorted(entry.type for entry in log.timeline(ref)) == [
        *["address.created"] * 2,
        *["address.deleted"] * 2,
        "record.created",
        "record.deleted",
    ]


def test_update_fields_are_compared_and_the_others_stay_for_the_next_save(log, kim):
    kim.city, kim.name = "Bonn", "Kim Maier"
    kim.save(update_fields=["city"])
    assert changes(log, kim) == {"city": ("Ulm", "Bonn")}
    kim.save()
    assert changes(log, kim) == {"name": ("Kim Weber", "Kim Maier")}


def test_refreshing_forgets_what_was_not_saved(log, kim):
    kim.city = "Bonn"
    kim.refresh_from_db()
    kim.save()
    Contact._base_manager.filter(pk=kim.pk).update(city="Köln")
    kim.refresh_from_db(fields=["city"])
    kim.city = "Bonn"
    kim.save()
    assert changes(log, kim) == {"city": ("Köln", "Bonn")}
    assert len(told(log, kim)) == 2


def test_deferred_fields_are_not_loaded_and_not_lost(log, kim):
    lazy = Contact.objects.only("name").get()
    lazy.name = "Kim Maier"
    with CaptureQueriesContext(connection) as asked:
        lazy.save()
    assert not [query for query in asked if query["sql"].startswith("SELECT")]
    assert changes(log, kim) == {"name": ("Kim Weber", "Kim Maier")}
    lazy = Contact.objects.only("name").get()
    assert lazy.city == "Ulm"
    lazy.city = "Bonn"
    lazy.save()
    assert changes(log, kim) == {"city": ("Ulm", "Bonn")}
    blind = Contact.objects.only("name").get()
    blind.city = "Köln"
    blind.save()
    assert changes(log, kim) == {"city": ("Bonn", "Köln")}


def test_an_object_made_by_hand_is_compared_with_what_is_stored(log, kim):
    Contact(pk=kim.pk, name="Kim Weber", city="Bonn", updated_at=kim.updated_at).save()
    assert changes(log, kim) == {"city": ("Ulm", "Bonn")}
    Contact(pk=kim.pk + 1, name="Tom").save()
    assert [type for type, _ in told(log, Ref("crm.contact", kim.pk + 1))] == ["record.created"]


def test_a_copy_is_an_object_of_its_own(log, kim):
    other = copy.copy(kim)
    other.city = "Bonn"
    assert pickle.loads(pickle.dumps(kim)) == kim
    kim.save()
    assert len(told(log, kim)) == 1
    other.pk, other._state.adding = None, True
    other.save()
    assert [type for type, _ in told(log, other)] == ["record.created"]
    assert len(told(log, kim)) == 1


def test_what_the_database_computes_is_read(log, kim):
    kim.visits = F("visits") + 5
    kim.save()
    assert changes(log, kim) == {"visits": (0, 5)}


def test_a_file_is_told_by_its_name(log, kim):
    kim.photo.save("kim.png", ContentFile(b"png"))
    assert changes(log, kim) == {"photo": ("", kim.photo.name)}


def test_a_long_text_is_cut_and_says_so(log, kim):
    kim.extra = {"text": "x" * 2_000_000}
    kim.save()
    new = changes(log, kim)["extra"][1]
    assert new.endswith("… (2,000,012 characters)")
    assert len(new) < 10_100


def test_many_long_texts_fit_into_one_entry(log, kim):
    found = fitting({str(number): "\x01" * 1_000_000 for number in range(100)} | {"seen": 3})
    assert (found["seen"], found["7"]) == (3, "\x01" * 742 + "… (1,000,000 characters)")
    assert log.record_change(kim, before={}, after=found) is not None


def test_of_many_objects_that_come_to_a_relation_the_first_are_named(log, kim):
    tags = Tag.objects.bulk_create([Tag(name="x" * 50) for _ in range(1_000)])
    kim.tags.add(*tags)
    named = changes(log, kim)["tags"][1]
    assert (len(named), named[-1]) == (201, "… (1,000)")


def test_the_subject_can_be_another_object_and_the_object_is_the_source(log, kim):
    address = Address.objects.create(contact=kim, street="Main 1")
    address.street, address.floor = "Main 2", 3
    address.save()
    entry = log.timeline(kim).filter(types="address.changed").first()
    assert (entry.subjects, entry.source) == ((Ref("crm.contact", kim.pk),), Ref("crm.address", address.pk))
    assert [(change.label, change.old, change.new) for change in entry.changes] == [("Street", "Main 1", "Main 2")]
    Address(pk=address.pk, contact_id=kim.pk, street="Main 3").save()
    with CaptureQueriesContext(connection) as asked:
        Address.objects.create(contact_id=kim.pk, street="Side 1")
    assert not [query for query in asked if query["sql"].startswith("SELECT")]


def test_the_subject_can_be_a_function_and_keys_can_be_uuids(log, kim):
    kim.company = Company.objects.create(name="ACME")
    kim.save()
    invoice = Invoice.objects.create(number="2026-17", contact=kim)
    entry = log.timeline(Ref("crm.invoice", invoice.pk)).first()
    assert [subject.label for subject in entry.subjects] == ["Kim Weber", "ACME"]
    assert entry.source == Ref("crm.invoice", str(invoice.pk))
    alone = Invoice.objects.create(number="2026-18")
    assert log.timeline(Ref("crm.invoice", alone.pk)).first().subjects == (Ref("crm.invoice", alone.pk),)


@pytest.mark.skipif(django.VERSION < (5, 2), reason="composite keys came with Django 5.2")
def test_keys_can_be_composite(log):
    from django_adapter.crm.models import Line

    line = Line.objects.create(order="a:b", position=1, text="one")
    line.text = "two"
    line.save()
    assert [type for type, _ in told(log, Ref("crm.line", "a%3Ab:1"))] == ["record.created", "record.changed"]


def test_models_that_are_derived_and_proxies_are_tracked_like_the_model(log):
    person = Person.objects.create(name="Kim", nickname="K")
    colleague = Colleague.objects.get(pk=person.pk)
    colleague.nickname = "Kimi"
    colleague.name = "Kim W."
    colleague.save()
    assert changes(log, person) == {"name": ("Kim", "Kim W."), "nickname": ("K", "Kimi")}
    ref = Ref("crm.person", person.pk)
    person.delete()
    assert [type for type, _ in told(log, ref)] == ["record.created", "record.changed", "record.deleted"]
    assert log.everything().count() == 3
    party = Party.objects.create(name="P")
    party.delete()
    assert log.everything().count() == 5


def test_many_to_many_fields_tell_what_came_and_what_went(log, kim):
    vip, old = Tag.objects.create(name="VIP"), Tag.objects.create(name="old")
    kim.tags.add(vip, old)
    assert changes(log, kim) == {"tags": (None, ["VIP", "old"])}
    kim.tags.add(vip)
    kim.tags.remove(old)
    assert changes(log, kim) == {"tags": (["old"], None)}
    kim.tags.clear()
    kim.tags.clear()
    assert changes(log, kim) == {"tags": (["VIP"], None)}
    assert len(told(log, kim)) == 4


def test_many_to_many_fields_are_seen_from_the_other_side(log, kim):
    tom, vip = Contact.objects.create(name="Tom"), Tag.objects.create(name="VIP")
    vip.contacts.add(kim, tom)
    assert changes(log, kim) == changes(log, tom) == {"tags": (None, ["VIP"])}
    vip.contacts.clear()
    assert changes(log, kim) == changes(log, tom) == {"tags": (["VIP"], None)}


def test_fixtures_record_nothing(log, kim, tmp_path):
    file = tmp_path / "contacts.json"
    with file.open("w") as out:
        call_command("dumpdata", "crm.contact", stdout=out)
    kim.delete()
    before = log.everything().count()
    call_command("loaddata", str(file), verbosity=0)
    assert Contact.objects.get().name == "Kim Weber"
    assert log.everything().count() == before


def test_a_pause_records_nothing(log, kim):
    with log.paused():
        kim.city = "Bonn"
        kim.save()
    assert len(told(log, kim)) == 1


def test_a_save_that_cannot_be_recorded_is_not_saved(log, kim):
    kim.city = "Bonn"

    def refuse(sender, drafts):
        raise Refused("not today")

    with signals.recording.connected_to(refuse, sender=log), pytest.raises(Refused):
        kim.save()
    assert Contact.objects.get().city == "Ulm"
    kim.save()
    assert changes(log, kim) == {"city": ("Ulm", "Bonn")}


def test_a_save_that_cannot_be_recorded_takes_the_hosts_transaction_along(log, kim):
    def refuse(sender, drafts):
        raise Refused("not today")

    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        Tag.objects.create(name="VIP")
        with signals.recording.connected_to(refuse, sender=log), pytest.raises(Refused):
            Contact.objects.create(name="Tom")
        Tag.objects.create(name="too late")
    assert (Contact.objects.count(), Tag.objects.count()) == (1, 0)


def test_an_error_of_the_hosts_own_before_a_save_leaves_its_transaction_as_it_is(log, kim):
    def refuse(sender, **_):
        raise ValueError("not today")

    pre_save.connect(refuse, sender=Contact)
    try:
        with transaction.atomic():
            with pytest.raises(ValueError, match="not today"):
                Contact.objects.create(name="Tom")
            Tag.objects.create(name="VIP")
    finally:
        pre_save.disconnect(refuse, sender=Contact)
    assert (Contact.objects.count(), Tag.objects.count()) == (1, 1)


@pytest.mark.parametrize("store", STORES)
def test_what_is_rolled_back_was_never_recorded(log, store):
    with pytest.raises(KeyError), transaction.atomic():
        Contact.objects.create(name="Nobody")
        raise KeyError
    with transaction.atomic():
        kim = Contact.objects.create(name="Kim")
        with pytest.raises(KeyError), transaction.atomic():
            kim.delete()
            raise KeyError
    assert [type for type, _ in told(log, Ref("crm.contact", Contact.objects.get().pk))] == ["record.created"]
    assert log.everything().count() == 1


@pytest.mark.parametrize("store", STORES)
def test_a_save_costs_one_query_more_on_postgresql_and_two_elsewhere(log, store):
    kim = Contact.objects.create(name="Kim")
    plain = Tag.objects.create(name="VIP")
    with transaction.atomic():
        counted = []
        for thing in (plain, kim):
            with CaptureQueriesContext(connection) as asked:
                thing.name = "Changed"
                thing.save()
            counted.append(len(asked))
    assert counted[1] - counted[0] == (1 if store == "postgresql" else 2)
    with CaptureQueriesContext(connection) as asked:
        kim.name = "Kim"
        kim.save()
    statements = [query["sql"] for query in asked if query["sql"] not in ("BEGIN", "COMMIT")]
    assert len(statements) == (2 if store == "postgresql" else 3)


def test_a_deleted_object_with_all_that_goes_is_recorded_at_once(log, kim):
    for number in range(5):
        Address.objects.create(contact=kim, street=f"Main {number}")
    with CaptureQueriesContext(connection) as asked:
        kim.delete()
    assert len([query for query in asked if "INTO activitylog_entries" in str(query["sql"])]) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fields": ["citty"]}, "has no field 'citty'; it has contact, floor, id, street"),
        ({"exclude": ["citty"]}, "has no field 'citty'"),
        ({"mask": ["citty"]}, "has no field 'citty'"),
        ({"subject": "citty"}, "has no field 'citty'"),
        ({"subject": "street"}, "'street' is no foreign key"),
    ],
)
def test_names_that_are_no_fields_are_refused_when_the_model_is_made(options, message):
    with pytest.raises(ImproperlyConfigured, match=message):
        track(**options)(Address)


def test_other_wrong_arguments_are_refused(log):
    with pytest.raises(ImproperlyConfigured, match="several names of fields are expected, not str"):
        track(fields="street")
    with pytest.raises(ImproperlyConfigured, match="type is the noun of types"):
        track(type="Große Änderung")
    with pytest.raises(ImproperlyConfigured, match=r"@track stands above a model, with parentheses: @track\(\)"):
        track()(object)
    with pytest.raises(ImproperlyConfigured, match="with parentheses"):
        track(Address)


def test_a_function_for_the_subject_that_gives_nonsense_saves_nothing(log):
    class Odd(models.Model):
        name = models.CharField(max_length=10)

        class Meta:
            app_label = "crm"
            db_table = "crm_tag"
            managed = False

    track(subject=lambda odd: 5)(Odd)
    with pytest.raises(InvalidInput, match="an object of a model is expected, not int"):
        Odd.objects.create(name="x")
    assert not Tag.objects.exists()
