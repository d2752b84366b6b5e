"""``manage.py check``: what is wrong is told before anybody is served."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

from activitylog_django.checks import AUTHENTICATION, MIDDLEWARE

REMOTE_USER = "django.contrib.auth.middleware.RemoteUserMiddleware"
PLAIN = [name for name in settings.MIDDLEWARE if name not in (MIDDLEWARE, AUTHENTICATION)]


def told(**changed) -> list[tuple[str, str]]:
    with override_settings(**changed):
        return [(found.id, f"{found.msg} {found.hint or ''}") for found in run_checks(tags=["activitylog"])]


def test_nothing_is_wrong_with_the_tests(db):
    assert told() == []
    assert run_checks() == []


@pytest.mark.parametrize(
    ("changed", "id", "message"),
    [
        ({"ACTIVITYLOG": {"STOER": ""}}, "activitylog.E001", "did you mean 'STORE'"),
        ({"ACTIVITYLOG": {"STORE": "nonsense://x"}}, "activitylog.E001", "no store that serves 'nonsense'"),
        ({"ACTIVITYLOG": {}}, "activitylog.E002", "crm.Address is tracked as 'address.created'"),
        ({"MIDDLEWARE": [*PLAIN, AUTHENTICATION]}, "activitylog.W001", f"Add '{MIDDLEWARE}' to MIDDLEWARE."),
        (
            {"MIDDLEWARE": [*PLAIN, AUTHENTICATION, REMOTE_USER, MIDDLEWARE]},
            "activitylog.W002",
            f"'{REMOTE_USER}' signs people in before",
        ),
        ({"ROOT_URLCONF": "django.contrib.auth.urls"}, "activitylog.W003", "the URLs of the timeline are not there"),
        (
            {"STATICFILES_FINDERS": ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]},
            "activitylog.W004",
            "The files of the timeline are not found.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_the_remedy(db, changed, id, message):
    found = [text for name, text in told(**changed) if name == id]
    assert message in found[0]


def test_a_site_without_pages_needs_no_urls(db):
    assert "activitylog.W003" not in [id for id, _ in told(ROOT_URLCONF=None)]
