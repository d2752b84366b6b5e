"""What docs/guide/django.md says of the project that its blocks make; run by that project's `manage.py test`."""

from __future__ import annotations

from datetime import UTC, datetime

from crm.models import Address, Contact
from crm.reports import calls_by_actor
from django.contrib.auth.models import User
from django.test import TestCase
from shop.celery import app

from activitylog import scope
from activitylog_django import get_log


def changes(activity):
    return [(change.label, change.old, change.new) for change in activity.changes]


class GuideTest(TestCase):
    def setUp(self):
        self.lea = User.objects.create_superuser("lea", first_name="Lea", last_name="Müller")
        self.client.force_login(self.lea)
        self.kim = Contact.objects.create(name="Kim Weber", iban="DE02")

    def test_a_contacts_page_shows_calls_and_who_made_them(self):
        self.client.post(f"/contacts/{self.kim.pk}/call/", {"note": "Asked for a quote"})
        page = self.client.get(f"/contacts/{self.kim.pk}/")
        for text in ("Asked for a quote", "Lea Müller", "/record", "timeline.css"):
            self.assertContains(page, text)

    def test_an_impersonator_is_named(self):
        kay = User.objects.create_user("kay")
        session = self.client.session
        session["hijack_history"] = [kay.pk]
        session.save()
        self.client.post(f"/contacts/{self.kim.pk}/call/", {"note": ""})
        [call] = get_log().timeline(self.kim).filter(types="call")
        assert (call.actor.ref.id, call.actor.behalf.id) == (str(kay.pk), str(self.lea.pk))

    def test_changes_record_themselves_without_what_is_masked(self):
        self.kim.name, self.kim.iban = "Kim Wolf", "DE03"
        self.kim.save()
        changed, _ = get_log().timeline(self.kim)
        assert changes(changed) == [("name", "Kim Weber", "Kim Wolf"), ("iban", "[redacted]", "[redacted]")]

    def test_an_address_is_shown_on_its_contact_with_its_own_types_and_labels(self):
        home = Address.objects.create(contact=self.kim, street="Hauptstr. 1", city="Ulm")
        home.city = "Bonn"
        home.save()
        changed = get_log().timeline(self.kim).first()
        assert (changed.type, changed.summary) == ("address.changed", "Address changed")
        assert (changes(changed), changed.source.kind) == ([("Town", "Ulm", "Bonn")], "crm.address")

    def test_many_rows_are_recorded_too(self):
        Contact.objects.update(name="Kim")
        Contact.objects.all().delete()
        types = [activity.type for activity in get_log().timeline(f"crm.contact:{self.kim.pk}")]
        assert types == ["record.deleted", "record.changed", "record.created"]

    def test_contacts_are_linked_by_their_url(self):
        assert get_log().resolve([self.kim])[self.kim.__activity_ref__()].url == f"/contacts/{self.kim.pk}/"

    def test_the_admin_shows_the_timeline_of_a_contact_and_all_activities(self):
        get_log().record("call", self.kim, note="Asked for a quote")
        for url in (f"/admin/crm/contact/{self.kim.pk}/change/", "/admin/activitylog/entry/"):
            self.assertContains(self.client.get(url), "Phone call")

    def test_the_orm_counts_entries(self):
        for _ in range(2):
            get_log().record("call", self.kim)
        [counted] = calls_by_actor(datetime(2026, 1, 1, tzinfo=UTC))
        assert (counted["actor"], counted["calls"]) == ("system:django", 2)

    def test_tasks_carry_who_asked_for_them(self):
        @app.task(name="quote")
        def quote(): ...

        app.conf.update(broker_url="memory://")
        with app.connection_for_write() as connection, scope(tenant="south"):
            quote.apply_async(connection=connection)
            message = connection.SimpleQueue("celery").get(timeout=5)
        assert "south" in str(message.headers)
