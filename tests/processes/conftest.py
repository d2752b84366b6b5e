"""A log on every store that several processes may use at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from activitylog import ActivityLog, Actor, TypeRegistry
from activitylog.storage import Capability


@pytest.fixture
def open_log() -> Iterator[Callable[[str], ActivityLog]]:
    """Opens logs, and closes them."""
    types = TypeRegistry()
    types.define("call")
    opened: list[ActivityLog] = []

    def give(url: str) -> ActivityLog:
        opened.append(ActivityLog(url, types=types, actor=Actor.system("parent")))
        return opened[-1]

    yield give
    for log in opened:
        log.close()


@pytest.fixture
def shared_url(store_url: str, open_log: Callable[[str], ActivityLog]) -> str:
    """The URL of an empty store that declares to be shared."""
    if Capability.SHARED not in open_log(store_url).storage.capabilities:
        pytest.skip("the store belongs to one process")
    return store_url


@pytest.fixture
def log(shared_url: str, open_log: Callable[[str], ActivityLog]) -> ActivityLog:
    return open_log(shared_url)
