"""The CRM of ``examples/django_site``: its own tests on SQLite and PostgreSQL, and with its log on MongoDB."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages import pofile

Manage = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def site(repository: Path) -> Path:
    return repository / "examples" / "django_site"


@pytest.fixture
def manage(site: Path, tmp_path: Path) -> Manage:
    """Runs a command of the site, with data in a folder of its own, and warnings as errors."""

    def run(*arguments: str, store: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "STORE": store, "DATA": str(tmp_path), "PYTHONPATH": ""}
        command = [sys.executable, "-W", "error", site / "manage.py", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


@pytest.mark.parametrize("store", ["sqlite", "postgresql", "mongodb"])
def test_its_own_tests_pass_on(store: str, manage: Manage, fresh_database: Callable[[str], str]):
    url = "" if store == "sqlite" else fresh_database(store)
    done = manage("test", "crm", "--shuffle", store=url)
    assert done.returncode == 0, done.stderr
    assert "Ran 13 tests" in done.stderr


def test_it_starts_by_one_command_with_a_file_of_its_own(manage: Manage, tmp_path: Path):
    done = manage("seed")
    assert (done.returncode, done.stdout, done.stderr) == (0, "254 activities of 12 contacts recorded.\n", "")
    assert (tmp_path / "site.db").exists()


def test_its_german_texts_are_all_there_and_compiled(site: Path):
    folder = site / "crm" / "locale" / "de" / "LC_MESSAGES"
    with (folder / "django.po").open("rb") as source, (folder / "django.mo").open("rb") as compiled:
        texts, known = pofile.read_po(source), GNUTranslations(compiled)
    for text in texts:
        assert text.string, text.id
        assert text.id == "" or known.gettext(text.id) == text.string


def test_its_files_are_short(site: Path):
    for file in site.rglob("*.py"):
        assert len(file.read_text().splitlines()) < (150 if file.name != "tests.py" else 300), file
