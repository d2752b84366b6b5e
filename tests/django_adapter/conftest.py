"""Django for the tests: configured once in each process, on whichever database a test asks for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
import pymysql
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings
from sqlalchemy.engine import make_url

from activitylog import ActivityLog
from activitylog_django import get_log
from servers.shared import Missing

if find_spec("MySQLdb") is None:  # where mysqlclient is installed, the tests run on that
    pymysql.install_as_MySQLdb()

ENGINES = {"sqlite": "sqlite3", "postgresql": "postgresql", "mysql": "mysql"}
STORES = tuple(ENGINES)
KEPT = ("django_migrations", "django_content_type", "auth_permission", "activitylog_schema")


def described(url: str) -> dict[str, Any]:
    """Return what Django's ``DATABASES`` says of the database of a URL."""
    parts = make_url(url)
    product = parts.get_backend_name()
    options = {"sqlite": {"timeout": 30}, "mysql": {"charset": "utf8mb4"}}.get(product, {})
    if socket := parts.query.get("unix_socket"):
        options["unix_socket"] = socket
    return {
        "ENGINE": f"django.db.backends.{ENGINES[product]}",
        "NAME": parts.database,
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.query.get("host") or parts.host or "",
        "PORT": parts.port or "",
        "OPTIONS": options,
    }


if not settings.configured:
    temporary = tempfile.TemporaryDirectory(prefix="activitylog-django-")  # gone with the process
    folder = Path(temporary.name)
    settings.configure(
        DATABASES={
            "default": described(f"sqlite:///{folder / 'default.db'}"),
            "second": described(f"sqlite:///{folder / 'second.db'}"),
        },
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
            "rest_framework",
            "rest_framework.authtoken",
            "activitylog_django",
            "django_adapter.crm",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "activitylog_django.middleware.activity_log_middleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        ACTIVITYLOG={"TYPES": "django_adapter.crm.activities.types", "FILES": str(folder / "files")},
        ALLOWED_HOSTS=["testserver"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        FILE_UPLOAD_MAX_MEMORY_SIZE=1_000,
        LANGUAGES=[("en", "English"), ("de", "Deutsch")],
        LANGUAGE_CODE="en",
        MIGRATION_MODULES=dict.fromkeys(("admin", "auth", "authtoken", "contenttypes", "sessions")),  # made at once
        MEDIA_ROOT=str(folder / "media"),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF="django_adapter.crm.urls",
        SECRET_KEY="a secret of the tests",
        STATIC_URL="/static/",
        TIME_ZONE="UTC",
        USE_TZ=True,
    )


django.setup()


_made: dict[str, dict[str, Any]] = {}


@contextmanager
def standing_in(alias: str, database: dict[str, Any]) -> Iterator[None]:
    """Let an alias be another database."""
    connections[alias].close()
    before = connections.settings[alias]
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: database})[alias]
    del connections[alias]
    try:
        yield
    finally:
        connections[alias].close()
        connections.settings[alias] = before
        del connections[alias]


def empty(alias: str) -> None:
    """Take all rows away that tests write."""
    connection = connections[alias]
    names = [name for name in connection.introspection.table_names() if name not in KEPT]
    quoted = [connection.ops.quote_name(name) for name in names]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(quoted)} CASCADE")
            return
        off, on = {
            "sqlite": ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
            "mysql": ("SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1"),
        }[connection.vendor]
        cursor.execute(off)
        for name in quoted:
            cursor.execute(f"DELETE FROM {name}")
        cursor.execute(on)


@pytest.fixture(scope="session")
def databases_of_django(databases, tmp_path_factory, not_had) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Gives, for the name of a store, a migrated database; made once."""
    with ExitStack() as made:
        known: dict[str, dict[str, Any]] = {}

        def give(store: str, number: int = 0) -> dict[str, Any]:
            key = f"{store}{number}"
            if key not in known:
                try:
                    url = made.enter_context(databases.fresh(store, tmp_path_factory.mktemp("django")))
                except Missing as reason:
                    not_had(store, reason)
                known[key] = described(url)
                with standing_in("default", known[key]):
                    call_command("migrate", verbosity=0, run_syncdb=True)
            return known[key]

        yield give


@pytest.fixture
def store() -> str:
    """Which product the default database is of; tests that run on several parametrize it."""
    return "sqlite"


@pytest.fixture
def db(store: str, databases_of_django) -> Iterator[str]:
    """The default database, migrated and empty; its alias."""
    with standing_in("default", databases_of_django(store)), override_settings(ACTIVITYLOG=settings.ACTIVITYLOG):
        empty("default")
        yield "default"


@pytest.fixture
def log(db: str) -> ActivityLog:
    """The log of the site, in the default database."""
    return get_log()


@pytest.fixture
def client() -> Client:
    return Client()
