"""Who acts, where and from where within requests: the middleware, impersonation, the REST framework, concurrency."""

from __future__ import annotations

import asyncio
import base64
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.http import FileResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.utils.functional import SimpleLazyObject
from rest_framework.authtoken.models import Token

from activitylog import Actor, scope
from activitylog_django import get_log
from activitylog_django.middleware import activity_log_middleware
from activitylog_django.requests import within

TYPES = {"TYPES": "django_adapter.crm.activities.types"}
MEMORY = {**TYPES, "STORE": "memory://"}


@pytest.fixture
def lea(db) -> User:
    return User.objects.create_user("lea", password="secret", first_name="Lea", last_name="Müller")


def actor_of(request):
    return Actor.api_key(request.headers["X-Key"]) if request else Actor.system("cron")


def tenant_of(request):
    return request.headers.get("X-Tenant", "south")


def impersonator(request):
    hijacker = request.session.get("hijack_history", [])
    return User.objects.get(pk=hijacker[-1]) if hijacker else None


def test_the_signed_in_user_acts_from_where_the_request_came(lea, client):
    client.force_login(lea)
    headers = {"User-Agent": "Firefox", "X-Request-ID": "r1", "X-Correlation-ID": "c1", "X-Forwarded-For": "192.0.2.9"}
    told = client.get("/record/", headers=headers).json()
    assert told == {
        "actor": f"auth.user:{lea.pk}",
        "label": "Lea Müller",
        "behalf": "",
        "tenant": "default",
        "text": "Phone call",
        "context": {
            "origin": "web",
            "ip": "127.0.0.1",
            "user_agent": "Firefox",
            "request_id": "r1",
            "correlation_id": "c1",
        },
    }


def test_who_is_not_signed_in_is_anonymous_and_a_name_is_not_needed(db, client):
    assert client.get("/record/").json()["actor"] == "anonymous:anonymous"
    tom = User.objects.create_user("tom")
    client.force_login(tom)
    assert client.get("/record/").json()["label"] == "tom"


def test_the_language_is_the_requests(lea, client):
    assert client.get("/record/", headers={"Accept-Language": "de"}).json()["text"] == "Telefonat"


def test_only_trusted_proxies_say_who_is_behind_them(db, client):
    headers = {"X-Forwarded-For": "192.0.2.9"}
    with override_settings(ACTIVITYLOG={**TYPES, "TRUSTED_PROXIES": ["127.0.0.0/8"]}):
        assert client.get("/record/", headers=headers).json()["context"]["ip"] == "192.0.2.9"


def test_an_impersonator_acts_on_behalf_of_the_user_who_is_signed_in(lea, client):
    kim = User.objects.create_user("kim")
    client.force_login(kim)
    session = client.session
    session["hijack_history"] = [lea.pk]
    session.save()
    with override_settings(ACTIVITYLOG={**TYPES, "IMPERSONATOR": f"{__name__}.impersonator"}):
        told = client.get("/record/").json()
    assert (told["label"], told["behalf"]) == ("Lea Müller", f"auth.user:{kim.pk}")


def test_functions_of_the_host_say_who_acts_and_for_which_tenant(db, client):
    own = {**TYPES, "ACTOR": f"{__name__}.actor_of", "TENANT": f"{__name__}.tenant_of"}
    with override_settings(ACTIVITYLOG=own):
        told = client.get("/record/", headers={"X-Key": "17", "X-Tenant": "north"}).json()
        assert (told["actor"], told["tenant"]) == ("api_key:17", "north")
        with scope(tenant="north"):
            assert get_log().record("call", "contact:1").actor == Actor.system("cron")


@pytest.mark.parametrize(
    ("key", "path", "message"),
    [
        ("ACTOR", "/record/", r"ACTIVITYLOG\['ACTOR'\]: the function gave a int, and not an Actor"),
        ("TENANT", "/record/", r"ACTIVITYLOG\['TENANT'\] gave a int"),
        ("VIEWER", "/mine/", r"ACTIVITYLOG\['VIEWER'\]: the function gave a int, and not a Viewer"),
    ],
)
def test_functions_of_the_host_that_give_nonsense_say_so(db, client, key, path, message):
    with override_settings(ACTIVITYLOG={**TYPES, key: lambda request: 3}), pytest.raises(Exception, match=message):
        client.get(path)


def test_a_scope_within_the_request_comes_first(db):
    with override_settings(ACTIVITYLOG=MEMORY):
        request = RequestFactory().get("/")
        with within(request), scope(actor=Actor.system("import"), tenant="north"):
            entry = get_log().record("call", "contact:1")
        assert (entry.actor, entry.tenant, entry.context.ip) == (Actor.system("import"), "north", "127.0.0.1")
        assert get_log().record("call", "contact:1").actor == Actor.system("django")


def test_the_user_is_asked_for_only_where_something_is_recorded(db):
    def user():
        raise AssertionError("nobody asked")

    request = RequestFactory().get("/")
    request.user = SimpleLazyObject(user)
    with override_settings(ACTIVITYLOG=MEMORY), within(request):
        assert not get_log().timeline("contact:1").exists()
        with scope(actor=Actor.user(3)):
            get_log().record("call", "contact:1")


def test_a_request_without_users_is_anonymous(db):
    with override_settings(ACTIVITYLOG=MEMORY), within(RequestFactory().get("/")):
        assert get_log().record("call", "contact:1").actor == Actor.anonymous()


@pytest.mark.parametrize("way", ["token", "basic"])
def test_who_the_rest_framework_authenticates_in_the_view_acts_and_reads(lea, client, way):
    Group.objects.create(name="sales").user_set.add(lea)
    key = {
        "token": f"Token {Token.objects.create(user=lea).key}",
        "basic": f"Basic {base64.b64encode(b'lea:secret').decode()}",
    }[way]
    assert client.post("/api/", headers={"Authorization": key}).json()["label"] == "Lea Müller"
    get_log().record("note", "contact:1", note="for sales", team="sales")
    assert client.get("/api/", headers={"Authorization": key}).json() == ["for sales", ""]
    assert client.get("/api/").json() == []
    assert client.post("/api/").json()["actor"] == "anonymous:anonymous"


def expected(number: int) -> tuple[str, str, str]:
    user = number % 50
    return f"auth.user:{1000 + user}", f"t{user % 7}", f"10.0.0.{user}"


def seen(told: dict[str, Any]) -> tuple[str, str, str]:
    return told["actor"], told["tenant"], told["context"]["ip"]


@pytest.fixture
def fifty(db):
    users = User.objects.bulk_create(User(pk=1000 + number, username=f"u{number}") for number in range(50))
    own = {**MEMORY, "TENANT": f"{__name__}.tenant_of", "TRUSTED_PROXIES": ["127.0.0.1"]}
    with override_settings(ACTIVITYLOG=own, SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
        keys = {}
        for user in users:
            client = Client()
            client.force_login(user)
            keys[user.pk] = client.cookies["sessionid"].value
        yield keys


def test_500_requests_of_50_users_in_threads_never_mix(fifty):
    def asked(number: int) -> tuple[str, str, str]:
        actor, tenant, ip = expected(number)
        client = Client(REMOTE_ADDR=ip)
        client.cookies["sessionid"] = fifty[int(actor.partition(":")[2])]
        return seen(client.get("/record/", headers={"X-Tenant": tenant}).json())

    def closing(number: int) -> tuple[str, str, str]:
        try:
            return asked(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(closing, range(500))) == [expected(number) for number in range(500)]


def test_500_requests_of_50_users_in_asyncio_never_mix(fifty):
    async def asked(number: int) -> tuple[str, str, str]:
        actor, tenant, ip = expected(number)
        client = AsyncClient()
        client.cookies["sessionid"] = fifty[int(actor.partition(":")[2])]
        response = await client.get("/record-later/", headers={"X-Tenant": tenant, "X-Forwarded-For": ip})
        return seen(response.json())

    async def all_at_once() -> list[tuple[str, str, str]]:
        return await asyncio.gather(*(asked(number) for number in range(500)))

    assert asyncio.run(all_at_once()) == [expected(number) for number in range(500)]


def test_a_body_that_is_made_while_it_is_sent_knows_the_request(log, lea):
    request = RequestFactory().get("/", HTTP_X_REQUEST_ID="r1")
    request.user = lea

    def made() -> str:
        entry = log.record("note", "contact:1")
        return f"{entry.actor.ref} {entry.context.request_id}"

    def parts():
        yield made()
        yield made()

    async def later_parts():
        yield await asyncio.to_thread(made)
        yield await asyncio.to_thread(made)

    async def read() -> list[bytes]:
        async def respond(_):
            return StreamingHttpResponse(later_parts())

        response = await activity_log_middleware(respond)(request)
        return [part async for part in response.streaming_content]

    response = activity_log_middleware(lambda _: StreamingHttpResponse(parts()))(request)
    expected = [f"auth.user:{lea.pk} r1".encode()] * 2
    assert list(response.streaming_content) == expected
    assert asyncio.run(read()) == expected
    assert log.record("note", "contact:1").actor == Actor.system("django")


def test_a_file_is_sent_as_the_host_sends_it(log):
    content = io.BytesIO(b"png")
    response = activity_log_middleware(lambda _: FileResponse(content))(RequestFactory().get("/"))
    assert response.file_to_stream is content
    response.close()
