"""Flask applications of a test's own, which are given back afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from activitylog_flask import ActivityLogExtension
from flask_adapter.crm_site import db, fill, make_app


@pytest.fixture
def activity() -> ActivityLogExtension:
    """An extension of the test's own."""
    return ActivityLogExtension()


@pytest.fixture
def close() -> Iterator[Callable[[Flask], Flask]]:
    """Takes apps, whose logs and engines are closed in the end."""
    apps: list[Flask] = []

    def take(app: Flask) -> Flask:
        apps.append(app)
        return app

    yield take
    for app in apps:
        with app.app_context():
            if (found := app.extensions["activitylog"]._placed) is not None:
                found.base.close()
            for engine in db.engines.values() if "sqlalchemy" in app.extensions else ():
                engine.dispose()


@pytest.fixture
def site(activity: ActivityLogExtension, close: Callable[[Flask], Flask]) -> Callable[..., Flask]:
    """Makes applications with tables and users."""

    def make(url: str, **config: Any) -> Flask:
        app = close(make_app(activity, url, **config))
        fill(app)
        return app

    return make


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def url(request: pytest.FixtureRequest, empty_database: Callable[[str], str]) -> str:
    """The URL of an empty database of an app's own, on each SQL store in turn."""
    return empty_database(request.param)


@pytest.fixture
def app(url: str, site: Callable[..., Flask]) -> Flask:
    return site(url)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser in which user 3 is signed in."""
    client = app.test_client()
    assert client.get("/sign-in/3").text == "User 3"
    return client
