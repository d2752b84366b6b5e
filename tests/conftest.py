"""Which stores a run tests, and what it says about the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

TESTED = ("memory", "sqlite")
COMING = {
    "postgresql": "its backend comes with the next release",
    "mysql": "its backend (also for MariaDB) comes with the next release",
    "mongodb": "its backend comes with the next release",
}


def pytest_configure(config: pytest.Config) -> None:
    required = {name.strip() for name in os.environ.get("ACTIVITYLOG_TEST_REQUIRE", "").split(",") if name.strip()}
    if missing := sorted(required.difference(TESTED)):
        raise pytest.UsageError(f"ACTIVITYLOG_TEST_REQUIRE names {', '.join(missing)}: not to be tested yet")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.section("stores")
    terminalreporter.line(f"tested: {', '.join(TESTED)}")
    for name, how in COMING.items():
        terminalreporter.line(f"not tested: {name}: {how}")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return Path(__file__).parent.parent
