"""The pytest plugin: a log in memory for the tests of a host.

Override the fixture ``activity_log_types`` to give it the host's own types.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from activitylog.actors import Actor
from activitylog.testing._capture import RecordingLog
from activitylog.types import TypeRegistry

__all__ = ["activity_log", "activity_log_types"]


@pytest.fixture
def activity_log_types() -> TypeRegistry:
    """The types that ``activity_log`` knows: the standard ones, unless a host overrides this fixture."""
    from activitylog import standard

    return TypeRegistry(standard.types)


@pytest.fixture
def activity_log(activity_log_types: TypeRegistry) -> Iterator[RecordingLog]:
    """A fresh log in memory, with transactions and a default actor; its ``recorded(kim)`` lists entries."""
    log = RecordingLog("memory://", types=activity_log_types, actor=Actor.user("tester", "Tester"))
    yield log
    log.close()
