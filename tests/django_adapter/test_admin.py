"""The admin: timelines on the pages of objects, and the list of all activities."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client, override_settings

from activitylog_django import get_log
from django_adapter.crm.models import Contact

LIST = "/admin/activitylog/entry/"


@pytest.fixture
def kim(log) -> Contact:
    return Contact.objects.create(name="Kim Weber")


@pytest.fixture
def client(db) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_the_page_and_the_history_of_an_object_show_its_timeline(log, kim, client):
    log.record("note", kim, note="Asked for a quote")
    for path in ("change/", "history/"):
        html = client.get(f"/admin/crm/contact/{kim.pk}/{path}").content.decode()
        assert "Asked for a quote" in html
    assert 'class="al' not in client.get("/admin/crm/contact/add/").content.decode()


def test_the_templates_of_the_host_stay_and_the_timeline_comes_below_them(log, kim, client):
    log.record("note", kim, note="Asked for a quote")
    for path in ("change/", "history/"):
        html = client.get(f"/admin/crm/contact/{kim.pk}/{path}").content.decode()
        assert html.index("The last letters") < html.index("Asked for a quote")


def test_what_is_no_page_stays_as_it_is(client, kim):
    for path in ("change/", "history/"):
        assert client.get(f"/admin/crm/contact/{kim.pk + 1}/{path}").url == "/admin/"


def test_what_is_saved_and_deleted_there_is_recorded(log, kim, client):
    client.post(f"/admin/crm/contact/{kim.pk}/change/", {"name": "Kim Weber", "city": "Bonn"})
    entry = log.timeline(kim).first()
    assert (entry.type, entry.actor.label) == ("record.changed", "root")
    sent = {"action": "delete_selected", "_selected_action": [kim.pk], "post": "yes"}
    client.post("/admin/crm/contact/", sent)
    assert log.everything().first().type == "record.deleted"


@pytest.mark.parametrize("store_url", ["", "memory://"])
def test_the_list_shows_and_searches_all_activities_in_every_store(kim, client, store_url):
    own = {"TYPES": "django_adapter.crm.activities.types", **({"STORE": store_url} if store_url else {})}
    with override_settings(ACTIVITYLOG=own):
        get_log().record("note", kim, note="Asked for a quote")
        get_log().record("note", "company:7", note="Paid")
        html = client.get(LIST).content.decode()
        assert "Asked for a quote" in html
        assert "Paid" in html
        found = client.get(f"{LIST}?al-q=quote").content.decode()
        assert "Asked for a quote" in found
        assert "Paid" not in found
        assert client.get("/admin/").status_code == 200


def test_the_list_is_for_staff_with_the_permission_and_nothing_is_changed_there(log, kim, client):
    staff = User.objects.create_user("staff", is_staff=True)
    client.force_login(staff)
    assert client.get(LIST).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_entry"))
    client.force_login(User.objects.get(pk=staff.pk))
    assert client.get(LIST).status_code == 200
    entry = log.everything().first()
    for path in ("add/", f"{entry.id}/change/", f"{entry.id}/delete/"):
        assert client.get(f"{LIST}{path}").status_code in (302, 404)
    assert log.everything().count() == 1


def test_it_is_in_german_where_that_is_asked_for(log, kim, client):
    for path, texts in (("/admin/", ("Aktivitäten", "Verlauf")), (LIST, ("<h1>Aktivitäten</h1>",))):
        html = client.get(path, headers={"Accept-Language": "de"}).content.decode()
        assert [text for text in texts if text not in html] == [], path
