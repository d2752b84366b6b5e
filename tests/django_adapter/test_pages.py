"""The timeline on the host's pages: the template tag, the URLs of the component, forms, files and live entries."""

from __future__ import annotations

import asyncio
import json
import re
import threading

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.template import engines
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch

from activitylog_django import get_log
from activitylog_django.component import component
from django_adapter.crm.models import Contact

TYPES = {"TYPES": "django_adapter.crm.activities.types"}
STORES = ("sqlite", "postgresql", "mysql")


@pytest.fixture
def lea(db) -> User:
    lea = User.objects.create_user("lea", first_name="Lea", last_name="Müller")
    Group.objects.create(name="sales").user_set.add(lea)
    return lea


@pytest.fixture
def kim(log) -> Contact:
    with log.paused():
        return Contact.objects.create(name="Kim Weber")


@pytest.fixture
def client(lea) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(lea)
    return client


def page(client, kim) -> str:
    response = client.get(f"/contacts/{kim.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def base(client, kim) -> str:
    """Return the URL of the timeline on the page."""
    return re.search(r'"(/activity/[\w-]+/)', page(client, kim))[1]


def test_a_model_whose_urls_fail_costs_the_links_and_not_the_page(client, kim, log, monkeypatch, caplog):
    def get_absolute_url(self):
        raise NoReverseMatch(f"no page for {self}")

    monkeypatch.setattr(Contact, "get_absolute_url", get_absolute_url)
    log.record("call", kim, note="Asked for a quote")
    for url in (f"/contacts/{kim.pk}/", base(client, kim)):
        caplog.clear()
        response = client.get(url)
        assert (response.status_code, "Asked for a quote" in response.content.decode()) == (200, True)
        [told] = caplog.records
        assert "a resolver failed (NoReverseMatch" in told.getMessage()
        assert "Kim" not in told.getMessage()


def form(client, kim, **values) -> dict:
    """Return what the form of the page sends, with its hidden fields."""
    html = page(client, kim)
    hidden = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))
    return {**hidden, "al-type": "note", **values}


def test_a_page_shows_the_timeline_with_what_its_viewer_may_see(log, kim, client):
    log.record("note", kim, note="Asked for a quote")
    log.record("note", kim, note="for others", team="support")
    html = page(client, kim)
    assert "Asked for a quote" in html
    assert "for others" not in html
    assert "csrfmiddlewaretoken" in html
    assert "/static/activitylog/timeline.css" in html


def test_a_tag_without_the_request_or_the_urls_says_what_to_do(log, kim, client):
    with pytest.raises(ImproperlyConfigured, match=r"\{% activity_timeline %\} needs the request"):
        client.get("/bare/")
    template = engines["django"].from_string("{% load activitylog %}{% activity_timeline %}")
    missing = pytest.raises(ImproperlyConfigured, match=r"the URLs of the timeline are not there: add path\(")
    with override_settings(ROOT_URLCONF="django.contrib.auth.urls"), missing:
        template.render({}, RequestFactory().get("/"))


def test_a_tag_without_objects_shows_everything_and_can_leave_out_the_form(log, kim, lea):
    log.record("note", kim, note="Asked for a quote")
    request = RequestFactory().get("/")
    request.user = lea
    source = "{% load activitylog %}{% activity_timeline contact form=False %}"
    html = engines["django"].from_string(source).render({"contact": kim}, request)
    assert "Asked for a quote" in html
    assert 'enctype="multipart/form-data"' not in html
    everything = engines["django"].from_string("{% load activitylog %}{% activity_timeline %}")
    assert "Asked for a quote" in everything.render({}, request)


def test_the_urls_answer_in_json_and_the_language_and_zone_of_the_request(log, kim, client):
    log.record("call", kim, note="Asked")
    told = json.loads(client.get(f"{base(client, kim)}entries.json").content)
    assert told["items"][0]["note"] == "Asked"
    html = client.get(base(client, kim), headers={"Accept-Language": "de"}).content.decode()
    assert "Telefonat" in html


def test_an_entry_is_written_by_the_form_with_its_files(log, kim, client, lea):
    file = SimpleUploadedFile("quote.txt", b"x" * 5_000, "text/plain")
    sent = form(client, kim, **{"al-note": "Asked for a quote", "al-files": file})
    response = client.post(f"{base(client, kim)}record", sent)
    assert response.status_code == 303, response.content.decode()
    [entry] = log.timeline(kim)
    assert (entry.note, entry.actor.label, entry.subjects[0].label) == ("Asked for a quote", "Lea Müller", "Kim Weber")
    [attachment] = entry.attachments
    got = client.get(f"{base(client, kim)}files/{entry.id}/{attachment.id}")
    assert b"".join(got.streaming_content) == b"x" * 5_000


def test_a_forged_form_writes_nothing(log, kim, client):
    sent = form(client, kim, **{"al-note": "forged"})
    del sent["csrfmiddlewaretoken"]
    without = [name for name in _middleware() if "Csrf" not in name]
    with override_settings(MIDDLEWARE=without):
        assert client.post(f"{base(client, kim)}record", sent).status_code == 403
    assert client.post(f"{base(client, kim)}record", sent).status_code == 403
    assert not log.everything().exists()


def _middleware() -> list[str]:
    from django.conf import settings

    return list(settings.MIDDLEWARE)


def test_what_is_too_large_is_refused_before_it_is_read(log, kim, client):
    class Unread:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

    length = str(100_000_000)
    at = f"{base(client, kim)}record"
    response = client.generic(
        "POST",
        at,
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=length,
        **{"wsgi.input": Unread()},
    )
    assert response.status_code == 413
    with override_settings(ACTIVITYLOG={**TYPES, "UPLOAD_MAX": 1_000}):
        file = SimpleUploadedFile("quote.txt", b"x" * 2_000, "text/plain")
        response = client.post(f"{base(client, kim)}record", form(client, kim, **{"al-files": file, "al-note": "x"}))
        assert response.status_code == 413
    assert not log.everything().exists()


def test_tampered_tokens_and_those_of_another_tenant_or_secret_are_not_found(log, kim, client):
    at = base(client, kim)
    for other in (f"{at[:-2]}{'A' if at[-2] != 'A' else 'B'}/", f"{at[:20]}/", "/activity/", "/activity/x/y/z"):
        assert client.get(other).status_code == 404
    with override_settings(ACTIVITYLOG={**TYPES, "TENANT": "north"}):
        assert client.get(at).status_code == 404
    with override_settings(SECRET_KEY="another"):
        client.force_login(User.objects.get(username="lea"))
        assert client.get(at).status_code == 404
    assert client.get(f"{at}entries/{kim.pk}/history").status_code == 404


def test_who_is_not_signed_in_sees_nothing_and_writes_nothing(log, kim, client):
    log.record("note", kim, note="Asked for a quote")
    at = base(client, kim)
    nobody = Client()
    assert "Asked for a quote" not in nobody.get(at).content.decode()
    assert nobody.post(f"{at}record", {"al-type": "note", "al-note": "x"}).status_code in (400, 403)
    assert log.everything().count() == 1


def test_what_belongs_to_others_is_neither_shown_nor_changed(log, kim, client):
    entry = log.record("note", kim, note="for others", team="support")
    fixed = log.record("note", kim, note="not yours", editors="auth.user:99")
    sent = form(client, kim, **{"al-note": "changed", "al-version": "1"})
    assert client.post(f"{base(client, kim)}entries/{entry.id}/delete", sent).status_code == 404
    assert client.post(f"{base(client, kim)}entries/{fixed.id}/delete", sent).status_code == 403
    assert log.timeline(kim).count() == 2


def test_pages_that_cannot_be_that_long_are_an_error_of_the_settings(db):
    wrong = pytest.raises(ImproperlyConfigured, match=r"ACTIVITYLOG\['PAGE_SIZE'\]: a whole number from 1 to 200")
    with override_settings(ACTIVITYLOG={"PAGE_SIZE": 1_000}), wrong:
        component()


@pytest.mark.parametrize("store", STORES)
def test_a_page_with_20_entries_costs_at_most_3_queries_more(log, kim, client, store):
    for number in range(25):
        log.record("note", kim, note=f"{number}", source=kim)
    page(client, kim)  # what is read once in a while is read
    with CaptureQueriesContext(connection) as asked:
        html = page(client, kim)
    assert ">24<" in html
    assert ">5<" in html
    ours = [query["sql"] for query in asked if not _is_the_hosts(str(query["sql"]))]
    assert len(ours) <= 3, ours


def _is_the_hosts(sql: str) -> bool:
    """Tell whether the page would ask this without the timeline: its session, its user, its contact."""
    return sql.endswith("LIMIT 21") and any(name in sql for name in ("django_session", "auth_user", "crm_contact"))


def test_the_files_of_the_component_are_found_and_collected(db, tmp_path):
    assert finders.find("activitylog/timeline.css")
    with override_settings(STATIC_ROOT=str(tmp_path)):
        call_command("collectstatic", interactive=False, verbosity=0)
    assert {file.name for file in (tmp_path / "activitylog").iterdir()} == {"timeline.css", "timeline.js"}


LIVE = {**TYPES, "STORE": "memory://", "LIVE": True}


def test_open_pages_are_told_what_is_recorded_until_the_log_is_another(log, kim, client):
    with override_settings(ACTIVITYLOG=LIVE):
        parts = iter(client.get(f"{base(client, kim)}live").streaming_content)
        next(parts)
        get_log().record("note", kim, note="just now")
        assert b"just now" in next(part for part in parts if b"data:" in part)
    assert b"data:" not in b"".join(parts)
    assert "activitylog-live" not in {thread.name for thread in threading.enumerate()}


def test_streams_leave_the_transaction_of_a_test_open(log, kim, client):
    with override_settings(ACTIVITYLOG={**LIVE, "STORE": None}), transaction.atomic():
        next(iter(client.get(f"{base(client, kim)}live").streaming_content))
        assert Contact.objects.get() == kim


def test_under_asgi_they_wait_without_a_thread(log, kim, client):
    async def listen(at: str) -> bytes:
        asynchronous = AsyncClient()
        asynchronous.cookies.update(client.cookies)
        response = await asynchronous.get(at)
        assert response.is_async
        parts = aiter(response.streaming_content)
        await anext(parts)
        await asyncio.to_thread(get_log().record, "note", kim, note="just now")
        async for part in parts:
            if b"data:" in part:
                response.close()
                return part
        return b""

    with override_settings(ACTIVITYLOG=LIVE):
        assert b"just now" in asyncio.run(listen(f"{base(client, kim)}live"))
