"""System checks: what is wrong is told by ``manage.py check``, before anybody is served."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from activitylog.errors import ActivityLogError
from activitylog_django.configuration import configured

__all__: list[str] = []

MIDDLEWARE: Final = "activitylog_django.middleware.activity_log_middleware"
AUTHENTICATION: Final = "django.contrib.auth.middleware.AuthenticationMiddleware"
REMOTE_USER: Final = "django.contrib.auth.middleware.RemoteUserMiddleware"


@checks.register("activitylog")
def check_settings(**_: Any) -> list[Any]:
    """Say which setting does not fit."""
    from activitylog_django.log import site

    try:
        configured()
        site()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="activitylog.E001")]
    except ActivityLogError as error:
        return [checks.Error(f"ACTIVITYLOG: {error}", id="activitylog.E001")]
    return []


@checks.register("activitylog")
def check_tracked(**_: Any) -> list[Any]:
    """Say which tracked models record types that are not declared."""
    from activitylog_django.log import site
    from activitylog_django.tracked import Tracking

    try:
        known = site().configuration.types
    except (ImproperlyConfigured, ActivityLogError):
        return []
    return [
        checks.Error(
            f"{model._meta.label} is tracked as {name!r}, and no type of this name is declared.",
            hint="Declare it in the registry that ACTIVITYLOG['TYPES'] names.",
            obj=model,
            id="activitylog.E002",
        )
        for model in apps.get_models()
        if (tracking := Tracking.of(model)) is not None
        for name in tracking.types
        if name not in known
    ]


@checks.register("activitylog")
def check_middleware(**_: Any) -> list[Any]:
    """Say where the middleware is missing, or stands where it cannot know who signs in."""
    listed = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in listed:
        return [
            checks.Warning(
                "The log does not know the requests: nobody is named as the actor.",
                hint=f"Add {MIDDLEWARE!r} to MIDDLEWARE.",
                id="activitylog.W001",
            )
        ]
    before = [name for name in listed[: listed.index(MIDDLEWARE)] if _signs_in(name)]
    return [
        checks.Warning(
            f"{name!r} signs people in before the log knows the request: what is recorded there has no facts.",
            hint=f"Put {MIDDLEWARE!r} above it.",
            id="activitylog.W002",
        )
        for name in before
    ]


def _signs_in(name: str) -> bool:
    try:
        found = import_string(name)
    except ImportError:  # another check says so
        return False
    return isinstance(found, type) and issubclass(found, import_string(REMOTE_USER))


@checks.register("activitylog")
def check_urls(**_: Any) -> list[Any]:
    """Say where the component's URLs are missing."""
    from activitylog_django.component import prefix

    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    try:
        prefix()
    except ImproperlyConfigured as error:
        return [
            checks.Warning(
                str(error),
                hint="Without it activities are recorded, and no timeline can be shown.",
                id="activitylog.W003",
            )
        ]
    return []


@checks.register("activitylog")
def check_static(**_: Any) -> list[Any]:
    """Say where ``staticfiles`` does not find the component's files."""
    if not apps.is_installed("django.contrib.staticfiles"):
        return []
    from django.contrib.staticfiles import finders

    if finders.find("activitylog/timeline.css"):
        return []
    return [
        checks.Warning(
            "The files of the timeline are not found.",
            hint="Let STATICFILES_FINDERS have 'django.contrib.staticfiles.finders.FileSystemFinder'.",
            id="activitylog.W004",
        )
    ]


@checks.register(checks.Tags.database)
def check_schema(databases: Collection[str] | None = None, **_: Any) -> list[Any]:
    """Say where the migrations have not run: by ``manage.py check --database default``."""
    from activitylog_django.log import site

    try:
        found = site()
        if found.inside and found.alias in (databases or ()):
            found.log.storage.tenants(limit=1)
    except ActivityLogError as error:  # no error of the checks: `migrate` itself begins with them
        return [checks.Warning(str(error), id="activitylog.W005")]
    except ImproperlyConfigured:
        return []
    return []
