"""Files within the host's own transaction: they live and die with its data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from activitylog import ActivityLog, Attachment

Contents = Callable[[], list[Path]]


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def host_url(request: pytest.FixtureRequest, empty_database: Callable[[str], str]) -> str:
    return empty_database(request.param)


@pytest.fixture
def engine(host_url: str) -> Iterator[Engine]:
    engine = create_engine(host_url)
    yield engine
    engine.dispose()


@pytest.fixture
def host_log(open_log: Callable[..., ActivityLog], host_url: str, folder: Path) -> ActivityLog:
    return open_log(host_url, folder)


def test_of_a_committed_session(host_log: ActivityLog, engine: Engine, contents: Contents):
    with Session(engine) as session:
        bound = host_log.bound_to(session)
        entry = bound.record("call", "contact:1", attachments=[Attachment(b"x")])
        assert len(contents()) == 2, "claimed until it is committed"
        session.commit()
        assert [path.name for path in contents()] == [entry.attachments[0].sha256]
        bound.files.remove(entry, entry.attachments[0])
        assert len(contents()) == 1
        session.commit()
    assert contents() == []


def test_of_a_session_that_is_rolled_back(host_log: ActivityLog, engine: Engine, contents: Contents, clock: Any):
    entry = host_log.record("call", "contact:1", attachments=[Attachment(b"kept")])
    with Session(engine) as session:
        bound = host_log.bound_to(session)
        bound.record("call", "contact:1", attachments=[Attachment(b"stray"), Attachment(b"kept")])
        bound.files.remove(entry, entry.attachments[0])
        session.rollback()
    clock.ahead = timedelta(hours=2)
    assert host_log.files.sweep() == 1
    assert [path.name for path in contents()] == [entry.attachments[0].sha256]


def test_while_a_session_that_adds_is_open_others_remove_nothing_of_it(
    host_log: ActivityLog, engine: Engine, contents: Contents
):
    earlier = host_log.record("call", "contact:1", attachments=[Attachment(b"same")])
    with Session(engine) as session:
        bound = host_log.bound_to(session)
        entry = bound.record("call", "contact:1")
        session.commit()
        call = bound._call()
        with call.contents.of(call.tenant).kept(call.store, [Attachment(b"same")]):
            host_log.files.remove(earlier, earlier.attachments[0])
            assert host_log.files.sweep() == 0
        added = bound.files.add(entry, b"same")
        session.commit()
    with host_log.files.open(entry, added) as file:
        assert file.read() == b"same"
