"""Runs one program on memory and on another store, under the same clock and with the same ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def repeatable() -> Callable[[], object]:
    """A context in which every run has the same times and ids: each next time is a second later."""

    @contextmanager
    def context() -> Iterator[None]:
        seconds, numbers = count(), count((0x0197_0000_0000_7000_8000 << 48) + 1)
        with pytest.MonkeyPatch.context() as patch:
            for module in ("activitylog.draft", "activitylog.settings"):
                patch.setattr(f"{module}.now", lambda: NOON + timedelta(seconds=next(seconds)))
            patch.setattr("activitylog.draft.uuid7", lambda: UUID(int=next(numbers)))
            yield

    return context
