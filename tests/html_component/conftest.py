"""A contact's page of a host."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from activitylog import ActivityLog, Ref, TypeRegistry, standard
from activitylog_html import TimelineComponent
from html_component.browser import PREFIX, Browser


@frozen
class Measured:
    """Data that a form cannot ask for."""

    degrees: float


@pytest.fixture
def store_url(request: pytest.FixtureRequest, empty_database: Callable[[str], str]) -> str:
    """A store in memory, where a test does not ask for others: most of a page does not depend on the store."""
    return empty_database(getattr(request, "param", "memory"))


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry(standard.types)
    registry.define(
        "salary", category="account", permission="hr", label={"en": "Salary changed", "de": "Gehalt geändert"}
    )
    registry.define("survey", manual=True, permission="hr", otherwise="hidden")
    registry.define("letter.portal", manual=True, visibility="customer", label="Portal letter")
    registry.define("measured", manual=True, data=Measured)
    registry.define(
        "paid", category="billing", summary={"en": "{number} paid by {subject}", "de": "{number} bezahlt von {subject}"}
    )
    return registry


@pytest.fixture
def log_options(log_options: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    return {**log_options, "files": str(tmp_path / "files")}


@pytest.fixture
def make_component() -> Callable[..., TimelineComponent]:
    def make(**options: Any) -> TimelineComponent:
        given = {"prefix": PREFIX, "secret": "of the host", "static": lambda name: f"/static/{name}", **options}
        return TimelineComponent(**given)

    return make


@pytest.fixture
def component(make_component: Callable[..., TimelineComponent]) -> TimelineComponent:
    return make_component()


@pytest.fixture
def lea(component: TimelineComponent, log: ActivityLog, kim: Ref) -> Browser:
    """Lea, a colleague without permissions, on Kim's page."""
    return Browser(component, log, [kim])
