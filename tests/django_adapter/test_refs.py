"""How objects of models are named, linked and shown by their own timeline."""

from __future__ import annotations

from datetime import date

import django
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

from activitylog import Link, Ref
from activitylog.errors import InvalidInput
from activitylog_django import get_log, ref_of
from django_adapter.crm.models import Colleague, Company, Contact, Dated, Invoice, Letter, Named, Person, Tag


def test_an_object_is_named_by_its_model_its_key_and_what_str_says():
    ref = ref_of(Tag(pk=3, name="VIP"))
    assert (ref, ref.label) == (Ref("crm.tag", 3), "VIP")
    assert ref_of(Dated(code=date(2026, 3, 1))).id == "2026-03-01"
    invoice = Invoice(number="17")
    assert ref_of(invoice).id == str(invoice.pk)


def test_a_proxy_has_the_name_of_its_model_and_a_derived_model_its_own():
    assert ref_of(Colleague(pk=5, name="Kim")) == ref_of(Person(pk=5, name="Kim")) == Ref("crm.person", 5)


@pytest.mark.skipif(django.VERSION < (5, 2), reason="composite keys came with Django 5.2")
def test_the_parts_of_a_composite_key_are_joined():
    from django_adapter.crm.models import Line

    assert ref_of(Line(order="a", position=1)).id == "a:1"
    assert ref_of(Line(order="a:1", position=1)).id == "a%3A1:1"
    with pytest.raises(InvalidInput, match="this line has no key yet"):
        ref_of(Line(order="a"))


def test_what_an_object_says_of_itself_comes_first_and_refs_pass():
    assert ref_of(Named(pk=4, name="x")) == Ref("thing", "n4")
    assert ref_of(SimpleLazyObject(lambda: Named(pk=4, name="x"))) == Ref("thing", "n4")
    assert ref_of(SimpleLazyObject(lambda: User(pk=4, username="x"))) == Ref("auth.user", 4)
    assert ref_of("contact:1") == ref_of(Ref("contact", 1)) == Ref("contact", 1)


def test_a_long_name_is_cut():
    assert ref_of(Tag(pk=1, name="ä" * 300)).label == "ä" * 250
    assert ref_of(Tag(pk=1, name="a\0b")).label == "ab"


def test_what_names_nothing_is_refused():
    with pytest.raises(InvalidInput, match="this tag has no key yet: save it first"):
        ref_of(Tag(name="VIP"))
    with pytest.raises(InvalidInput, match="an object of a model is expected, not int"):
        ref_of(5)


def test_objects_with_the_mixin_or_tracked_ones_are_given_to_the_log_as_they_are(log):
    acme, kim = Company.objects.create(name="ACME"), Contact.objects.create(name="Kim")
    tag = Tag.objects.create(name="VIP")
    entry = acme.record_activity("call", kim, tag, note="Asked")
    assert entry.subjects == (ref_of(acme), ref_of(kim), ref_of(tag))
    assert list(acme.timeline()) == list(log.timeline(kim).filter(types="call")) == [entry]


def test_models_that_say_where_they_are_shown_are_linked_by_one_query(log):
    kim, tom = Contact.objects.create(name="Kim"), Contact.objects.create(name="Tom")
    refs = [ref_of(kim), ref_of(tom), Ref("crm.contact", "nonsense", "?"), Ref("crm.contact", 99, "gone")]
    refs.append(Ref("crm.contact", 10**30, "none"))
    Contact._base_manager.filter(pk=kim.pk).update(name="Kim W.")
    with CaptureQueriesContext(connection) as asked:
        links = log.resolve(refs)
    assert len(asked) == 1
    assert list(links.values()) == [
        Link("Kim W.", f"/contacts/{kim.pk}/"),
        Link("Tom", f"/contacts/{tom.pk}/"),
        Link("?"),
        Link("gone"),
        Link("none"),
    ]


def test_resolvers_of_the_host_come_first(db):
    own = {"RESOLVERS": {"crm.contact": lambda ids: {id: Link("X", f"/x/{id}") for id in ids}}}
    with override_settings(ACTIVITYLOG=own):
        assert get_log().resolve([Ref("crm.contact", 1)]) == {Ref("crm.contact", 1): Link("X", "/x/1")}


def test_an_object_that_is_a_subject_beside_others_is_no_source(log):
    acme = Company.objects.create(name="ACME")
    letter = Letter.objects.create(company=acme)
    number = f"crm.letter:{letter.pk}"
    letter.delete()
    for entry in log.timeline(acme):
        assert [str(subject) for subject in entry.subjects] == [number, f"crm.company:{acme.pk}"]
        assert entry.source is None
    assert [entry.type for entry in log.timeline(acme)] == ["record.deleted", "record.created"]


def test_relations_that_links_follow_are_read_for_all_of_a_model_at_once(log):
    letters = [Letter.objects.create(company=Company.objects.create(name=f"C{number}")) for number in range(5)]
    with CaptureQueriesContext(connection) as asked:
        links = log.resolve([Ref("crm.letter", letter.pk) for letter in letters])
    assert [link.label for link in links.values()] == [f"letter to C{number}" for number in range(5)]
    assert len(asked) == 3  # the letters, the company of the first, those of the others
