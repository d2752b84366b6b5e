"""The house rules that no linter knows."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

PUBLIC = (
    "activitylog",
    "activitylog.errors",
    "activitylog.importing",
    "activitylog.mail",
    "activitylog.middleware",
    "activitylog.signals",
    "activitylog.standard",
    "activitylog.storage",
    "activitylog.testing",
    "activitylog_django",
    "activitylog_flask",
    "activitylog_html",
    "activitylog_memory",
    "activitylog_mongo",
    "activitylog_sql",
)
ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    file
    for folder in ("src", "backends", "adapters")
    for file in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in file.parts
)
TEXTS = sorted(
    file
    for pattern in ("*.md", "docs/**/*.md", "*.toml", "*.txt", "*.yml", "Makefile", ".ci/*")
    for file in ROOT.glob(pattern)
)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    module = importlib.import_module(name)
    documentation = "\n".join(file.read_text() for file in (ROOT / "docs").rglob("*.md"))
    whole_module = re.search(rf"^::: {re.escape(name)}$", documentation, re.MULTILINE)
    for public in module.__all__:
        assert getattr(module, public, None) is not None, f"{name}.{public} is not there"
        assert whole_module or f"::: {name}.{public}" in documentation, f"{name}.{public} is not in docs/api"


def test_sources_are_short_and_have_nothing_left_to_do() -> None:
    for file in SOURCES:
        text = file.read_text()
        assert len(text.splitlines()) <= 450, file
        assert not re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", text), file


def test_names_are_no_drawers() -> None:
    drawers = {"util", "utils", "helper", "helpers", "common", "misc"}
    assert not [str(file) for file in SOURCES if file.stem.strip("_") in drawers]


def test_no_text_holds_a_path_of_a_machine() -> None:
    for file in [*SOURCES, *TEXTS]:
        assert not re.search(r"(?<![\w.~])/(home|root|work|Users)/", file.read_text()), file


@pytest.mark.parametrize("module", ["activitylog", "activitylog_memory", "activitylog_sql"])
def test_the_core_needs_no_extra(module: str) -> None:
    extras = ["fsspec", "rich", "pytest", "hypothesis", "psycopg", "pymysql", "pymongo"]
    program = f"import sys; sys.modules.update(dict.fromkeys({extras!r})); import {module}"
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


@pytest.mark.parametrize(
    ("url", "driver", "extra"),
    [
        ("postgresql+psycopg://host/crm", "psycopg", "postgresql"),
        ("postgresql://host/crm", "psycopg", "postgresql"),
        ("mysql+pymysql://host/crm", "pymysql", "mysql"),
        ("mariadb+pymysql://host/crm", "pymysql", "mysql"),
        ("mongodb://host/crm", "pymongo", "mongodb"),
    ],
)
def test_a_store_without_its_driver_names_the_extra(url: str, driver: str, extra: str) -> None:
    program = f"import sys; sys.modules[{driver!r}] = None; from activitylog import ActivityLog; ActivityLog({url!r})"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 1
    assert f'pip install "activitylog[{extra}]"' in ended.stderr.splitlines()[-1]


def test_the_kit_without_its_extra_names_it() -> None:
    program = "import sys; sys.modules['hypothesis'] = None; from activitylog.testing import StorageContract"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 1
    assert (
        'MissingExtra: the conformance kit needs an optional part: pip install "activitylog[testing]"' in ended.stderr
    )
