"""Wrong settings are errors of ``init_app`` that name the key, the kind and the remedy."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from activitylog import standard
from activitylog.errors import InvalidInput
from activitylog_flask import ActivityLogExtension


def made(**config: Any) -> Flask:
    app = Flask("crm")
    app.config.update({f"ACTIVITYLOG_{key}": value for key, value in config.items()})
    ActivityLogExtension(app)
    return app


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("STOER", "memory://", "ACTIVITYLOG_STORE"),
        ("XYZ", 1, "ACTIVITYLOG_STORE, ACTIVITYLOG_TYPES"),
        ("STORE", 7, "Give a URL"),
        ("STORE", "crm.db", "a URL such as"),
        ("STORE", "oracle://host/crm", "oracle"),
        ("STORE", "postgresql+asyncpg://host/crm", "psycopg"),
        ("TYPES", "no.such.module", "cannot be imported"),
        ("TYPES", ["call"], "TypeRegistry"),
        ("ACTOR", 7, "an Actor is expected"),
        ("TENANT", "", "empty"),
        ("TENANT", 7, "a text is expected"),
        ("REQUIRE_TENANT", "yes", "True or False"),
        ("PARENTS", {}, "a function"),
        ("POLICY", "json.nothing", "cannot be imported"),
        ("FILES", 7, "FileStore"),
        ("ON_UNAVAILABLE", "ignore", "'raise' nor 'log'"),
        ("LOG_READS", 60, "timedelta"),
        ("CURSOR_KEY", 7, ""),
        ("LANGUAGE", "german!", "language tag"),
        ("LANGUAGES", "de", "a list"),
        ("LANGUAGES", ["german!"], "language tag"),
        ("TZ", "Mars/Base", "Mars/Base"),
        ("TRUSTED_PROXIES", "10.0.0.0/8", "several addresses"),
        ("TRUSTED_PROXIES", ["nginx"], "nginx"),
        ("URL_PREFIX", "activity", "a path"),
        ("URL_PREFIX", "/activity/", "a path"),
        ("PAGE_SIZE", 0, "a whole number"),
        ("FOLD", 3600, "timedelta"),
        ("UPLOAD_MAX", "25 MB", "a whole number"),
        ("LIVE", "yes", "True or False"),
        ("LIVE", None, "True or False"),
    ],
)
def test_a_wrong_value_is_named(key: str, value: Any, told: str):
    with pytest.raises(InvalidInput) as caught:
        made(**{"STORE": "memory://", key: value})
    assert caught.value.field == f"ACTIVITYLOG_{key}"
    assert told in str(caught.value)


def test_what_fits_is_taken():
    app = made(
        STORE="memory://",
        TYPES="activitylog.standard.types",
        PARENTS="builtins.dict",
        POLICY=lambda viewer: None,
        LOG_READS=timedelta(hours=1),
        FOLD=timedelta(0),
        TRUSTED_PROXIES=["10.0.0.0/8", "unix"],
        LANGUAGES=["en", "de-AT"],
        URL_PREFIX="/crm/activity",
    )
    found = app.extensions["activitylog"].configuration
    assert (found.types, found.parents, found.languages) == (standard.types, dict, ("en", "de-AT"))
    assert "/crm/activity/static/<path:filename>" in {str(rule) for rule in app.url_map.iter_rules()}


def test_without_a_store_flask_sqlalchemy_is_needed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "flask_sqlalchemy", None)
    with pytest.raises(InvalidInput, match="ACTIVITYLOG_STORE: give a URL such as"):
        made()


def test_no_key_tells_a_secret():
    with pytest.raises(InvalidInput) as caught:
        made(STORE="postgresql+asyncpg://kim:hunter2@host/crm")
    assert "hunter2" not in str(caught.value)
