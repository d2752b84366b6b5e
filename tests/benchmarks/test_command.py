"""The command of the benchmarks works: what it measures is told by a run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def benchmarks(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "benchmarks", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.soak
def test_a_quick_run_measures_each_row_and_keeps_nothing() -> None:
    kept = {file: file.read_bytes() for file in (ROOT / "benchmarks" / "results").glob("*.json")}
    asked = ["--rows", "record,page", "--stores", "memory,sqlite", "--quick", "--no-peers", "--rounds", "1"]
    ended = benchmarks(*asked)
    assert (ended.returncode, ended.stderr) == (0, "")
    told = ended.stdout
    for line in (
        "memory, one entry, µs",
        "SQLite FULL, one entry, µs",
        "SQLite FULL, newest 20 of 1,000, µs",
        "SQLite FULL, page 6 of 1,000, µs",
        "SQLite FULL, silent of 1,000, µs",
    ):
        assert line in told
    assert told.count("activitylog") == 5
    assert told.count("raw driver") == told.count("one ideal table") == 4
    assert kept == {file: file.read_bytes() for file in (ROOT / "benchmarks" / "results").glob("*.json")}


def test_an_unknown_row_is_told_with_those_that_there_are() -> None:
    ended = benchmarks("--rows", "recrod")
    assert ended.returncode == 2
    assert "there is no recrod: there are record, keyed, bulk, page" in ended.stderr
