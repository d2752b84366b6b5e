"""A log in the host's transaction: activities live and die with the host's data."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Engine,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from activitylog import ActivityLog, Actor, Draft, Ref, TypeRegistry, Viewer
from activitylog.errors import NotAllowed, Unsupported
from activitylog.testing import capturing
from activitylog_sql import SQLStorage

TABLES = MetaData()
OWNER = Table("owner", TABLES, Column("id", Integer, primary_key=True))
DEAL = Table(
    "deal",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("owner", Integer),
    ForeignKeyConstraint(["owner"], ["owner.id"], deferrable=True, initially="DEFERRED").ddl_if(
        dialect=("sqlite", "postgresql")  # MariaDB and MySQL check at once
    ),
)


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def host_url(request: pytest.FixtureRequest, empty_database: Callable[[str], str]) -> str:
    return empty_database(request.param)


@pytest.fixture
def engine(host_url: str) -> Iterator[Engine]:
    engine = create_engine(host_url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def prepare(connection, _) -> None:
            connection.execute("PRAGMA foreign_keys=ON")

    TABLES.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["engine", "url"])
def host_log(
    request: pytest.FixtureRequest, host_url: str, engine: Engine, types: TypeRegistry
) -> Iterator[ActivityLog]:
    log = ActivityLog(engine if request.param == "engine" else host_url, types=types, actor=Actor.user(3))
    yield log
    log.close()


def deals(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(DEAL)).scalar_one()


def add_deal(session: Session, owner: int | None = None) -> None:
    session.execute(insert(DEAL).values(owner=owner))


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
    if engine.dialect.name == "mysql":
        pytest.skip("it has no constraint that is checked at the commit")
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
        connection.execute(insert(DEAL).values(owner=None))
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


def test_a_handle_of_another_database_is_refused(
    host_log: ActivityLog, engine: Engine, empty_database: Callable[[str], str], kim: Ref
):
    other = create_engine(empty_database(engine.dialect.name))
    with Session(other) as session, pytest.raises(Unsupported, match="database"):
        host_log.bound_to(session).record("call", kim)
    for wrong in (object(), None, "session"):
        with pytest.raises(Unsupported):
            host_log.bound_to(wrong)
    with pytest.raises(Unsupported):
        host_log.committed()
    other.dispose()


@pytest.mark.parametrize("migrated", [True, False])
def test_an_open_write_of_the_host_on_this_thread(host_log: ActivityLog, engine: Engine, kim: Ref, migrated: bool):
    """A store with one writer names the remedy, since the call would wait for itself; others record beside it."""
    if migrated:
        host_log.migrate()
    refusal = None
    with Session(engine) as session:
        add_deal(session)
        try:
            host_log.record("call", kim)
        except NotAllowed as error:
            refusal = str(error)
        session.rollback()
    assert refusal is None or "bound_to" in refusal
    assert host_log.timeline(kim).count() == (refusal is None)
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


def test_what_is_read_seldom_is_remembered_within_the_hosts_transaction(
    host_log: ActivityLog, engine: Engine, kim: Ref, monkeypatch: pytest.MonkeyPatch
):
    host_log.types.create("visit")
    host_log.record_many([Draft("custom.visit", kim) for _ in range(30)])
    again = ActivityLog(
        engine, types=host_log.types, actor=Actor.user(3, "Lea")
    )  # as after a restart: nothing is known
    read: Counter[str] = Counter()
    documents = SQLStorage.documents

    def counted(self: SQLStorage, tenant: str, kind: str, /, **asked: Any) -> Any:
        read[kind] += 1
        return documents(self, tenant, kind, **asked)

    monkeypatch.setattr(SQLStorage, "documents", counted)
    with Session(engine) as session:
        limited = again.bound_to(session).visible_to(Viewer("user:4"))
        for _ in range(3):
            assert len(limited.timeline(kim).page(30).to_dict()["items"]) == 30
    assert read
    assert set(read.values()) == {1}


def test_what_is_changed_there_is_seen_there_at_once_and_elsewhere_after_the_commit(
    host_log: ActivityLog, engine: Engine, kim: Ref
):
    twin = Ref("contact", 43)
    host_log.record("call", twin)
    assert host_log.timeline(kim).count() == 0
    with Session(engine) as session:
        bound = host_log.bound_to(session)
        assert bound.timeline(kim).count() == 0
        bound.subjects.merge(twin, into=kim)
        assert bound.timeline(kim).count() == 1
        session.rollback()
        assert bound.timeline(kim).count() == 0
        bound.subjects.merge(twin, into=kim)
        session.commit()
        assert bound.timeline(kim).count() == 1
    assert host_log.timeline(kim).count() == 1


def test_nothing_stays_behind_of_a_transaction_that_is_over(host_log: ActivityLog, engine: Engine, kim: Ref):
    with Session(engine) as session:
        bound = host_log.bound_to(session)
        bound.record("call", kim)
        assert len(bound.visible_to(Viewer("user:3")).timeline(kim).page()) == 1
        left = weakref.ref(bound.storage)
        session.commit()
    del bound, session
    gc.collect()
    assert left() is None
