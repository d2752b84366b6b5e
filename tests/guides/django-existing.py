"""What docs/guide/django-existing.md says of the application that its blocks make; run by its `manage.py test`."""

from __future__ import annotations

import pytest
from crm.models import Company, Contact, Deal
from django.contrib.auth.models import User
from django.db.models.signals import post_save
from django.test import TestCase

from activitylog_django import get_log


class GuideTest(TestCase):
    def setUp(self):
        self.client.force_login(User.objects.create_superuser("lea"))
        self.acme = Company.objects.create(name="ACME", token="secret")
        self.kim = Contact.objects.create(name="Kim Weber", company=self.acme, token="secret")

    def told_of(self, thing):
        return [activity.type for activity in get_log().timeline(thing)]

    def test_a_company_shows_what_happens_to_its_contacts(self):
        kim = f"crm.contact:{self.kim.pk}"
        get_log().record("call", kim)
        deal = Deal.objects.create(name="Chairs", contact=self.kim)
        self.kim.delete()
        told = ["record.deleted", "record.created", "call", "record.created"]
        assert (self.told_of(kim), self.told_of(self.acme)) == (told, [*told, "record.created"])
        assert self.told_of(deal) == ["record.created"]

    def test_a_deal_without_a_contact_is_on_itself_alone(self):
        assert self.told_of(Deal.objects.create(name="Tables")) == ["record.created"]
        assert len(self.told_of(self.acme)) == 2

    def test_what_is_left_out_is_nowhere(self):
        assert "secret" not in str([activity.changes for activity in get_log().everything()])

    def test_the_admin_shows_both_timelines(self):
        get_log().record("call", self.kim, note="Asked for a quote")
        for url in (f"/admin/crm/contact/{self.kim.pk}/change/", f"/admin/crm/company/{self.acme.pk}/change/"):
            self.assertContains(self.client.get(url), "Asked for a quote")

    def test_a_save_of_the_admin_that_fails_leaves_no_entry(self):
        def fail(**_):
            raise RuntimeError("on second thoughts")

        before = get_log().everything().count()
        post_save.connect(fail, sender=Contact)
        self.addCleanup(post_save.disconnect, fail, sender=Contact)
        with pytest.raises(RuntimeError):
            changed = {"name": "Kim", "company": self.acme.pk}
            self.client.post(f"/admin/crm/contact/{self.kim.pk}/change/", changed)
        assert get_log().everything().count() == before
