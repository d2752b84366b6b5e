"""How long an import takes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from benchmarks.bench import Bench
from benchmarks.measure import Row, compare

__all__ = ["imports"]


def imports(bench: Bench) -> Iterator[Row]:
    """A process that opens a log on SQLite and ends; beside one that makes SQLAlchemy's engine on it."""
    url, _, _ = bench.store.new().partition("?")
    found = compare(
        {
            "library": partial(_run, f"from activitylog import ActivityLog; ActivityLog({url!r})"),
            "SQLAlchemy": partial(_run, f"from sqlalchemy import create_engine; create_engine({url!r})"),
            "Python": partial(_run, "pass"),
        },
        operations=1_000,
        rounds=max(bench.rounds, 2),
    )
    python = found["Python"].median
    library, alone = (found[name].less(python) for name in ("library", "SQLAlchemy"))
    yield Row("import, above Python's own start", library, alone, unit="ms", beside="SQLAlchemy alone")


def _run(program: str) -> None:
    """Run it from bytecode, as programs run that are started more than once.

    The first run, which warms up, writes it where it is missing. A shell that forbids that would let our own modules be
    compiled with each start, and not those of packages, whose bytecode was written when they were installed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
