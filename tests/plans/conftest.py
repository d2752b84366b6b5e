"""A log on each store, with types that campaigns use."""

from __future__ import annotations

import pytest

from activitylog import Ref, TypeRegistry


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry()
    registry.define("call", channel="phone", manual=True)
    registry.define("task", manual=True, planned=True, statuses=("open", "waiting", "done"))
    registry.define("exported", statuses=("queued", "sent"))
    registry.define("account.status", statuses=("active", "blocked"), of_subject=True)
    return registry


@pytest.fixture
def contacts() -> list[Ref]:
    """Five contacts with names."""
    return [Ref("contact", number, name) for number, name in enumerate(("Ada", "Ben", "Cem", "Dora", "Eva"), 1)]
