"""The project's settings, for one process and one database."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from sqlalchemy import make_url

__all__ = ["begin", "make_tables"]


def begin(url: str, *apps: str, **more: Any) -> None:
    """Set Django up, with some apps more and settings of theirs; then models can be imported."""
    settings.configure(
        DATABASES={"default": _database(url)},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "benchmarks.host", *apps],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="benchmarks",
        **more,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def make_tables() -> None:
    """Make the tables of the host's own models, those too that were imported since."""
    call_command("migrate", run_syncdb=True, verbosity=0)


def _database(url: str) -> dict[str, Any]:
    parts = make_url(url)
    if parts.drivername == "sqlite":
        pragmas = f"PRAGMA journal_mode = WAL; PRAGMA synchronous = {parts.query['synchronous']}"
        options = {"init_command": pragmas, "transaction_mode": "IMMEDIATE"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.database, "OPTIONS": options}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.database,
        "USER": parts.username,
        "PASSWORD": parts.password,
        "HOST": parts.host or parts.query.get("host"),
        "PORT": parts.port,
    }
