"""A log on each store, with types that campaigns use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from activitylog import ActivityLog, Actor, Ref, TypeRegistry


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry()
    registry.define("call", channel="phone", manual=True)
    registry.define("task", manual=True, planned=True, statuses=("open", "waiting", "done"))
    registry.define("exported", statuses=("queued", "sent"))
    registry.define("account.status", statuses=("active", "blocked"), of_subject=True)
    return registry


@pytest.fixture
def make_log(store_url: str, types: TypeRegistry) -> Iterator[Callable[..., ActivityLog]]:
    made: list[ActivityLog] = []

    def make(**options: Any) -> ActivityLog:
        log = ActivityLog(store_url, **{"types": types, "actor": Actor.user(3, "Lea Müller"), **options})
        made.append(log)
        return log

    yield make
    for log in made:
        log.close()


@pytest.fixture
def log(make_log: Callable[..., ActivityLog]) -> ActivityLog:
    return make_log()


@pytest.fixture
def contacts() -> list[Ref]:
    """Five contacts with names."""
    return [Ref("contact", number, name) for number, name in enumerate(("Ada", "Ben", "Cem", "Dora", "Eva"), 1)]
