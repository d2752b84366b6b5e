"""Who sees what: ``get_log(request)`` by default, and by the host's own function."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.db import connection
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext

from activitylog import TypeRegistry, Viewer, standard
from activitylog.errors import NotAllowed
from activitylog.storage import ALWAYS
from activitylog_django import get_log


def viewer_by_header(request):
    return Viewer([f"team:{request.headers['X-Team']}"])


def asked_by(user, **headers):
    request = RequestFactory().get("/", headers=headers)
    request.user = user
    return request


@pytest.fixture
def lea(db) -> User:
    lea = User.objects.create_user("lea")
    Group.objects.create(name="sales").user_set.add(lea)
    return lea


def notes(request) -> list[str]:
    return [entry.note for entry in get_log(request).timeline("contact:1").oldest_first()]


def test_a_user_sees_what_is_for_them_their_groups_and_teams(log, lea):
    for note, limits in {
        "all": {},
        "lea": {"readers": f"auth.user:{lea.pk}"},
        "group": {"readers": f"auth.group:{Group.objects.get().pk}"},
        "team": {"team": "sales"},
        "others": {"team": "support"},
        "tom": {"readers": "auth.user:99"},
    }.items():
        log.record("note", "contact:1", note=note, **limits)
    assert notes(asked_by(lea)) == ["all", "lea", "group", "team"]
    assert notes(asked_by(User.objects.create_superuser("root"))) == ["all", "lea", "group", "team", "others", "tom"]
    lea.is_active = False
    assert notes(asked_by(lea)) == notes(asked_by(AnonymousUser())) == notes(RequestFactory().get("/")) == []


def test_permissions_of_types_are_those_of_django(db, lea):
    types = TypeRegistry(standard.types)
    types.define("salary", permission="auth.view_user", otherwise="hidden")
    with override_settings(ACTIVITYLOG={"TYPES": types}):
        get_log().record("salary", "contact:1", note="secret")
        assert notes(asked_by(User.objects.get(pk=lea.pk))) == []
        lea.user_permissions.add(Permission.objects.get(codename="view_user"))
        assert notes(asked_by(User.objects.get(pk=lea.pk))) == ["secret"]


def test_a_policy_gets_the_permissions_too(db, lea):
    asked = []

    def policy(viewer):
        asked.append(viewer.permissions)
        return ALWAYS

    lea.user_permissions.add(Permission.objects.get(codename="view_user"))
    with override_settings(ACTIVITYLOG={"POLICY": policy}):
        notes(asked_by(lea))
    assert asked[-1] == {"auth.view_user"}


def test_a_limited_log_does_not_do_what_only_trusted_code_may(log, lea):
    for user in (lea, AnonymousUser()):
        with pytest.raises(NotAllowed):
            get_log(asked_by(user)).storage  # noqa: B018


def test_the_hosts_own_function_comes_first(db, lea):
    with override_settings(ACTIVITYLOG={"VIEWER": f"{__name__}.viewer_by_header"}):
        get_log().record("note", "contact:1", note="north", team="north")
        assert notes(asked_by(lea, **{"X-Team": "north"})) == ["north"]
        assert notes(asked_by(lea, **{"X-Team": "south"})) == []


def test_the_groups_of_a_user_are_read_once_in_a_request(log, lea):
    log.record("note", "contact:1", note="all")
    request = asked_by(lea)
    assert notes(request) == ["all"]
    with CaptureQueriesContext(connection) as asked:
        assert notes(request) == ["all"]
    assert not [query for query in asked if "auth_" in query["sql"]]
