"""Notices between processes, on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest

from activitylog import ActivityLog, Actor, TypeRegistry
from activitylog.errors import InvalidInput
from activitylog_sql import Notices

PATIENCE = 60


class Heard:
    def __init__(self) -> None:
        self.times = 0
        self._event = Event()

    def __call__(self) -> None:
        self.times += 1
        self._event.set()

    def wait(self) -> None:
        assert self._event.wait(PATIENCE)
        self._event.clear()


@pytest.fixture
def url(empty_database) -> str:
    return empty_database("postgresql")


@pytest.fixture
def log(url: str):
    types = TypeRegistry()
    types.define("call", manual=True)
    log = ActivityLog(url, types=types, actor=Actor.user(3))
    yield log
    log.close()


@pytest.fixture
def make_notices(url: str):
    made: list[Notices] = []

    def make(**options) -> Notices:
        made.append(Notices(url, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_another_process_hears_after_the_commit_postgresql(log, make_notices):
    heard = Heard()
    make_notices().listen(heard)
    heard.wait()  # it listens
    make_notices().announce(log)
    with log.transaction():
        log.record("call", "contact:1")
        assert heard.times == 1
    heard.wait()


def test_a_thousand_entries_are_two_notices_postgresql(log, make_notices):
    heard = Heard()
    make_notices().listen(heard)
    heard.wait()
    sender = make_notices(every=timedelta(hours=1))
    sender.announce(log)
    for _ in range(50):
        log.record("call", "contact:1")
    heard.wait()
    sender.close()
    assert heard.times == 2


def test_without_its_log_it_says_nothing_postgresql(log, make_notices):
    sender = make_notices()
    sender.announce(log)
    sender.close()
    log.record("call", "contact:1")
    assert sender._threads == []


def test_another_product_postgresql():
    with pytest.raises(InvalidInput, match="notices need PostgreSQL"):
        Notices("sqlite:///crm.db")


def test_a_listener_that_fails_hears_again_postgresql(log, make_notices, monkeypatch):
    monkeypatch.setattr("activitylog_sql._notices._PAUSE", 0.01)
    heard, failures = Heard(), iter([True])

    def fail_once() -> None:
        if next(failures, False):
            raise ZeroDivisionError
        heard()

    make_notices().listen(fail_once)
    heard.wait()  # begun anew, it looks at once
