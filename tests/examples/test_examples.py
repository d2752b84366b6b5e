"""The programs in ``examples/`` run on every store, in both languages, and every behaviour that they check holds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = {"seminar_house": "1", "campaign": "2", "customer_file": "3", "support_desk": "4", "subscriptions": "5"}


def behaviours(repository: Path, section: str) -> set[str]:
    told = (repository / "docs" / "scenarios.md").read_text()
    return set(re.findall(rf"^\| ({section}\.\d) \|", told, re.MULTILINE))


def run(file: Path, folder: Path, *arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, "-W", "error", file, *arguments], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def checked(lines: list[str]) -> set[str]:
    return {line.split()[1] for line in lines if line.startswith("  ✓ ")}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_holds_on_every_store(repository: Path, store_url: str, tmp_path: Path, name: str):
    lines = run(repository / "examples" / f"{name}.py", tmp_path, store_url, "en")
    assert checked(lines) == behaviours(repository, EXAMPLES[name])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs_twice_on_sqlite_and_speaks_german_by_default(repository: Path, tmp_path: Path, name: str):
    file = repository / "examples" / f"{name}.py"
    run(file, tmp_path)
    lines = run(file, tmp_path)
    assert (tmp_path / "build" / f"{name}.db").exists()
    assert checked(lines) == behaviours(repository, EXAMPLES[name])
    german = {
        "seminar_house": "Buchung",
        "campaign": "Aufgabe",
        "customer_file": "Brief",
        "support_desk": "E-Mail erhalten",
        "subscriptions": "Rechnung",
    }
    assert any(german[name] in line for line in lines)


def test_examples_are_short(repository: Path):
    for file in (repository / "examples").glob("*.py"):
        assert len(file.read_text().splitlines()) < 150, file
