from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activitylog import ActivityLog, Actor, Ref, TypeRegistry, scope, standard
from servers.pool import STORES

HOSTED = """
from activitylog import ActivityLog, TypeRegistry, standard
types = TypeRegistry(standard.types)
types.define("screening", manual=True, personal="born")
log = ActivityLog({store!r}, types=types, files={files!r})
"""
KIM, LEA = Ref("contact", 42, "Kim Weber"), Actor.user(3, "Lea Müller")


@pytest.fixture(params=[store for store in STORES if store != "memory"])
def store(request: pytest.FixtureRequest, empty_database: Callable[[str], str]) -> str:
    """The URL of a store that outlasts a command, with a small history in two tenants."""
    url = empty_database(request.param)
    log = ActivityLog(url, types=TypeRegistry(standard.types), actor=LEA)
    log.record("call", KIM, note="Asked for\na quote", occurred_at=_day(1))
    created = standard.InvoiceCreated(number="2026-17")
    log.record(created, KIM, actor=Actor.system("billing run"), occurred_at=_day(2))
    task = log.record("task", KIM, title="Send \x1b[31mit", occurred_at=_day(9))
    log.transition(task, "done")
    with scope(tenant="south", actor=LEA.on_behalf_of(KIM)):
        log.record("note", KIM, note="in the south", occurred_at=_day(3))
    log.close()
    return url


@pytest.fixture
def hosted(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The host's own log on that store, as ``--log`` names it: with a type of its own, and files in a folder."""
    (tmp_path / "hosted.py").write_text(HOSTED.format(store=store, files=str(tmp_path / "contents")))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield "hosted:log"
    if module := sys.modules.pop("hosted", None):
        module.log.close()


def _day(day: int) -> datetime:
    return datetime(2026, 3, day, 9, 30, tzinfo=UTC)
