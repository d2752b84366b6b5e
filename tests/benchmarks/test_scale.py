"""The commands of the benchmarks at scale, at a size that is none: that they work, not how fast."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from benchmarks.scale.reads import Read

from servers.shared import KINDS

ROOT = Path(__file__).parents[2]
PAGE = """# Scale
<!-- reads STORE -->
<!-- end -->
<!-- bytes STORE -->
<!-- end -->
<!-- indexes STORE -->
<!-- end -->
<!-- concurrency STORE -->
<!-- end -->
"""
WEIGHED = {"actor", "arrival", "assignee", "batch", "conversation", "key", "time"}


@pytest.fixture
def measure(tmp_path: Path, fresh_database: Callable[[str], str]) -> Callable[..., tuple[str, Path]]:
    """Runs a program of the benchmarks on a store; returns what it wrote to its page, and the folder of its results."""

    def run(store: str, program: str) -> tuple[str, Path]:
        page = tmp_path / "scale.md"
        page.write_text(PAGE.replace("STORE", store))
        given = [f"--stores={store}", "--entries=1000", "--rounds=1", f"--page={page}"]
        given += [f"--folder={tmp_path}", f"--results={tmp_path}"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
        if store in KINDS:
            environment[KINDS[store].variable] = fresh_database(store)
        subprocess.run([sys.executable, "-c", f"given = {given}; {program}"], cwd=ROOT, env=environment, check=True)
        return page.read_text(), tmp_path

    return run


def found(folder: Path, file: str) -> Any:
    return json.loads((folder / file).read_text())


OF_SQL = {"activitylog_entries", "activitylog_links", "activitylog_entries_occurred"}


@pytest.mark.parametrize(
    ("store", "parts"),
    [("sqlite", OF_SQL), ("postgresql", OF_SQL), ("mongodb", {"activitylog_entries", "index link", "index time"})],
)
def test_a_log_is_loaded_and_measured_and_its_indexes_weighed(store: str, parts: set[str], measure: Any) -> None:
    written, folder = measure(
        store, "from benchmarks.scale.__main__ import main; main(given); main([*given, '--indexes'])"
    )
    results = found(folder, f"scale/{store}.json")
    measured = results["sizes"]["1000"]
    asked = {"newest 20 of the largest customer", "the history of an entry", "purge of 100 entries at once"}
    assert measured["loaded"] == 1_000
    assert measured["reads"].keys() >= asked
    assert all(median > 0 for times in measured["reads"].values() for median, _, _ in times.values())
    assert measured["bytes"].keys() >= parts
    assert results["indexes"].keys() >= WEIGHED
    assert all(index[f"written{state}"][0] > 100 for index in results["indexes"].values() for state in ("", " without"))
    assert "| newest 20 of the largest customer | **" in written
    assert all(f"| **{index}** |" in written for index in WEIGHED)


@pytest.mark.parametrize("store", ["postgresql", "mongodb"])
def test_a_crowd_is_measured(store: str, measure: Any) -> None:
    program = "from benchmarks import concurrency as c; c.OPERATIONS = 40; c.main([*given, '--crowds=1,2'])"
    written, folder = measure(store, program)
    runs = found(folder, f"concurrency/{store}.json")["runs"]
    crowds = {f"2 {task}, {kind}" for task in ("writers", "readers") for kind in ("threads", "processes")}
    assert runs.keys() == {"1 writer", "1 reader", *crowds}
    assert all(f"| {name} |" in written for name in runs)


def test_two_that_answer_otherwise_are_not_compared() -> None:
    Read("a page", lambda: [1, 2], lambda: ["one", "two"]).check()
    Read("another's page", lambda: [1, 2], lambda: [1], same=False).check()
    with pytest.raises(ValueError, match="a page: the log finds 2, the raw driver 1"):
        Read("a page", lambda: [1, 2], lambda: [1]).check()
