"""A log in the host's transaction: activities live and die with the host's data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from activitylog import ActivityLog, Actor, Ref, TypeRegistry
from activitylog.errors import NotAllowed, Unsupported
from activitylog.testing import capturing


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'host.db'}")

    @event.listens_for(engine, "connect")
    def prepare(connection, _) -> None:
        connection.execute("PRAGMA foreign_keys=ON")

    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE owner (id INTEGER PRIMARY KEY)"))
        connection.execute(
            text("CREATE TABLE deal (id INTEGER PRIMARY KEY, owner INT REFERENCES owner DEFERRABLE INITIALLY DEFERRED)")
        )
    yield engine
    engine.dispose()


@pytest.fixture(params=["engine", "url"])
def host_log(request: pytest.FixtureRequest, engine: Engine, types: TypeRegistry) -> Iterator[ActivityLog]:
    log = ActivityLog(engine if request.param == "engine" else str(engine.url), types=types, actor=Actor.user(3))
    yield log
    log.close()


def deals(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM deal")).scalar_one()


def add_deal(session: Session, owner: int | None = None) -> None:
    session.execute(text("INSERT INTO deal (owner) VALUES (:owner)"), {"owner": owner})


def test_a_commit_keeps_both_and_announces_then(host_log: ActivityLog, engine: Engine, kim: Ref):
    with capturing(host_log) as seen:
        with Session(engine) as session:
            add_deal(session)
            bound = host_log.bound_to(session)
            entry = bound.record("call", kim)
            bound.edit(entry, note="x")
            assert bound.timeline(kim).count() == 1
            assert seen == []
            session.commit()
            assert [activity.id for activity in seen] == [entry.id]
            bound.record("call", kim)
            session.commit()
        assert len(seen) == 2
    assert (deals(engine), host_log.timeline(kim).count(), host_log.get(entry).note) == (1, 2, "x")


def test_a_rollback_leaves_and_sends_nothing(host_log: ActivityLog, engine: Engine, kim: Ref):
    host_log.record("call", "contact:1")
    with capturing(host_log) as seen, Session(engine) as session:
        add_deal(session)
        host_log.bound_to(session).record("call", kim, readers="user:9")
        session.rollback()
        session.commit()
    assert (seen, deals(engine), host_log.timeline(kim).count()) == ([], 0, 0)
    assert host_log.record("call", kim, readers="user:9").created
    assert len(host_log.storage.documents("default", "audience", limit=9)) == 2


def test_the_first_use_may_be_rolled_back(host_log: ActivityLog, engine: Engine, kim: Ref):
    with Session(engine) as session:
        host_log.bound_to(session).record("call", kim)
        session.rollback()
    assert host_log.timeline(kim).count() == 0
    assert host_log.record("call", kim).created


def test_a_savepoint_takes_its_own_with_it(host_log: ActivityLog, engine: Engine, kim: Ref):
    host_log.migrate()
    with capturing(host_log) as seen, Session(engine) as session:
        bound = host_log.bound_to(session)
        add_deal(session)
        bound.record("call", kim, note="before")
        dropped = session.begin_nested()
        bound.record("call", kim, note="dropped")
        with session.begin_nested():
            bound.record("call", kim, note="dropped within")
        dropped.rollback()
        with session.begin_nested():
            bound.record("call", kim, note="kept")
        assert seen == []
        session.commit()
    assert [activity.note for activity in seen] == ["before", "kept"]
    assert {entry.note for entry in host_log.timeline(kim)} == {"before", "kept"}


def test_a_failing_commit_leaves_and_sends_nothing(host_log: ActivityLog, engine: Engine, kim: Ref):
    host_log.migrate()
    with capturing(host_log) as seen, Session(engine) as session:
        add_deal(session, owner=99)
        host_log.bound_to(session).record("call", kim)
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
    assert (seen, deals(engine), host_log.timeline(kim).count()) == ([], 0, 0)


def test_a_transaction_of_the_log_within_the_hosts_is_a_savepoint(host_log: ActivityLog, engine: Engine, kim: Ref):
    host_log.migrate()
    with capturing(host_log) as seen, Session(engine) as session:
        add_deal(session)
        bound = host_log.bound_to(session)
        with pytest.raises(KeyError), bound.transaction():
            bound.record("call", kim, note="dropped")
            raise KeyError
        with bound.transaction():
            bound.record("call", kim, note="kept")
        session.commit()
    assert [activity.note for activity in seen] == ["kept"]
    assert [entry.note for entry in host_log.timeline(kim)] == ["kept"]


def test_a_bare_connection_says_when_it_is_committed(host_log: ActivityLog, engine: Engine, kim: Ref):
    host_log.migrate()
    with capturing(host_log) as seen, engine.connect() as connection:
        connection.execute(text("INSERT INTO deal DEFAULT VALUES"))
        bound = host_log.bound_to(connection)
        bound.record("call", kim, note="kept")
        with pytest.raises(KeyError), connection.begin_nested():
            bound.record("call", kim, note="dropped")
            raise KeyError
        connection.commit()
        assert seen == []
        bound.committed()
        bound.committed()
    assert [activity.note for activity in seen] == ["kept"]
    assert host_log.timeline(kim).count() == 1


def test_a_handle_of_another_database_is_refused(host_log: ActivityLog, tmp_path: Path, kim: Ref):
    other = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with Session(other) as session, pytest.raises(Unsupported, match="database"):
        host_log.bound_to(session).record("call", kim)
    for wrong in (object(), None, "session"):
        with pytest.raises(Unsupported):
            host_log.bound_to(wrong)
    with pytest.raises(Unsupported):
        host_log.committed()
    other.dispose()


def test_an_open_write_of_the_host_on_this_thread_names_the_remedy(host_log: ActivityLog, engine: Engine, kim: Ref):
    host_log.migrate()
    with Session(engine) as session:
        add_deal(session)
        with pytest.raises(NotAllowed, match="bound_to"):
            host_log.record("call", kim)
        session.rollback()
    assert host_log.record("call", kim).created


def test_an_open_write_of_the_host_is_named_at_the_first_use_too(host_log: ActivityLog, engine: Engine, kim: Ref):
    with Session(engine) as session:
        add_deal(session)
        with pytest.raises(NotAllowed, match="bound_to"):
            host_log.record("call", kim)
        session.rollback()
    assert host_log.record("call", kim).created


def test_an_error_within_the_hosts_transaction_is_the_hosts_to_handle(host_log: ActivityLog, engine: Engine, kim: Ref):
    from activitylog.errors import IdempotencyConflict

    host_log.record("call", kim, idempotency_key="k")
    with Session(engine) as session:
        add_deal(session)
        bound = host_log.bound_to(session)
        with pytest.raises(IdempotencyConflict):
            bound.record("call", kim, note="other", idempotency_key="k")
        bound.record("call", kim, note="fine")
        session.commit()
    assert (deals(engine), host_log.timeline(kim).count()) == (1, 2)
