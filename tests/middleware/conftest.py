"""A log in memory for applications of this folder, and who acts in a request: whom its headers name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from activitylog import ActivityLog, TypeRegistry, standard


@pytest.fixture
def log() -> Iterator[ActivityLog]:
    log = ActivityLog("memory://", types=TypeRegistry(standard.types))
    yield log
    log.close()
