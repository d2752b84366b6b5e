"""Stores of strangers: found by their entry points, on the path like an installed distribution."""

from __future__ import annotations

from pathlib import Path

import pytest

from activitylog import ActivityLog
from activitylog.errors import InvalidInput, MissingExtra, Refused

CODE = """
from activitylog_memory import MemoryStorage
from activitylog.errors import Refused
def opened(url): return MemoryStorage()
def nothing(url): return url
def refused(url): raise Refused(url)
"""


def install(folder: Path, name: str, points: str) -> None:
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[activitylog.storages]\n{points}\n")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "strange_store.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_a_strangers_store_is_opened_by_its_scheme(path: Path):
    install(path, "strange", "strange = strange_store:opened")
    assert "Memory" in repr(ActivityLog("strange+driver://host"))


def test_two_that_claim_one_scheme_are_both_named(path: Path):
    install(path, "strange", "claimed = strange_store:opened")
    install(path, "stranger", "claimed = strange_store:nothing")
    with pytest.raises(InvalidInput, match="strange and stranger"):
        ActivityLog("claimed://")


def test_what_gives_no_store_or_cannot_be_loaded_is_said(path: Path):
    points = ["empty = strange_store:nothing", "gone = not_installed_at_all:opened", "shut = strange_store:refused"]
    install(path, "strange", "\n".join(points))
    with pytest.raises(InvalidInput, match="no Storage"):
        ActivityLog("empty://")
    with pytest.raises(MissingExtra):
        ActivityLog("gone://")
    with pytest.raises(Refused):
        ActivityLog("shut://")
    with pytest.raises(InvalidInput, match="installed"):
        ActivityLog("unheard://")
