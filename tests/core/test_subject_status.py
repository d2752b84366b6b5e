"""The status of a subject: a chain of entries, each allowed from the one before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from activitylog import Activity, ActivityLog, Actor, Ref, Status, TypeRegistry, scope, signals
from activitylog.errors import InvalidInput, NotAllowed, TransitionNotAllowed, UnknownType, WriteConflict
from effort import effort

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTERS = effort(8, least=3)
SETTER = Path(__file__).with_name("status_setter.py")
RING = {"a": "b", "b": "c", "c": "a"}


@pytest.fixture
def types(types: TypeRegistry) -> TypeRegistry:
    types.define(
        "account.status",
        of_subject=True,
        statuses={
            "active": Status({"en": "Active", "de": "Aktiv"}, to=("blocked", "closed")),
            "blocked": Status({"en": "Blocked", "de": "Gesperrt"}, to="active"),
            "closed": Status("Closed", final=True),
        },
    )
    types.define("ring", of_subject=True, statuses={name: Status(to=after) for name, after in RING.items()})
    return types


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(make_log: Callable[..., ActivityLog], clock: Clock) -> ActivityLog:
    return make_log(clock=clock)


def test_a_subject_has_the_initial_status_until_another_is_set(log: ActivityLog, acme: Ref, clock: Clock):
    assert log.subjects.status(acme, "account.status") == "active"
    blocked = log.subjects.set_status(acme, "account.status", "blocked", comment="unpaid")
    assert (blocked.created, blocked.status, blocked.note, blocked.subjects) == (True, "blocked", "unpaid", (acme,))
    assert (blocked.type, blocked.occurred_at, blocked.actor) == ("account.status", NOON, Actor.user(3))
    clock.now += HOUR
    log.subjects.set_status("company:7", log.types["account.status"], "active")
    assert log.subjects.status(acme, log.types["account.status"]) == "active"
    moments = [NOON - HOUR, NOON, NOON + HOUR / 2, NOON + HOUR, NOON + 2 * HOUR]
    told = [log.subjects.status(acme, "account.status", at=moment) for moment in moments]
    assert told == ["active", "blocked", "blocked", "active", "active"]
    assert [a.status for a in log.timeline(acme).filter(types="account.status")] == ["active", "blocked"]
    with scope(language="de"):
        assert [a.status_label for a in log.timeline(acme)] == ["Aktiv", "Gesperrt"]


def test_setting_the_status_it_has_changes_nothing(log: ActivityLog, acme: Ref, clock: Clock):
    first = log.subjects.set_status(acme, "account.status", "active", comment="opened")
    assert first.created
    clock.now += HOUR
    again = log.subjects.set_status(acme, "account.status", "active")
    assert (again.id, again.created, again.note) == (first.id, False, "opened")
    assert log.timeline(acme).count() == 1


def test_a_status_follows_the_one_before(log: ActivityLog, acme: Ref):
    log.subjects.set_status(acme, "account.status", "closed")
    with pytest.raises(TransitionNotAllowed, match="does not go from 'closed' to 'active'") as refused:
        log.subjects.set_status(acme, "account.status", "active")
    assert refused.value.allowed == ()
    with pytest.raises(TransitionNotAllowed) as refused:
        log.subjects.set_status(acme, "ring", "c")
    assert refused.value.allowed == ("b",)
    assert log.timeline(acme).count() == 1
    assert log.subjects.status(acme, "ring") == "a"


@pytest.mark.parametrize(
    ("type", "status", "options", "field"),
    [
        ("account.status", "unheard", {}, "status"),
        ("account.status", "", {}, "status"),
        ("account.status", None, {}, "status"),
        ("account.status", "blocked", {"comment": "x" * 2001}, "comment"),
        ("account.status", "blocked", {"at": NOON + HOUR}, "at"),
        ("account.status", "blocked", {"at": datetime(2026, 1, 1)}, "at"),  # noqa: DTZ001
        ("task", "open", {}, "type"),
        (5, "open", {}, "type"),
    ],
)
def test_bad_input_is_named_and_writes_nothing(
    log: ActivityLog, acme: Ref, type: Any, status: Any, options: dict[str, Any], field: str
):
    with pytest.raises(InvalidInput) as refused:
        log.subjects.set_status(acme, type, status, **options)
    assert refused.value.field == field
    assert not log.everything().exists()


def test_an_unknown_status_names_those_there_are(log: ActivityLog, acme: Ref):
    with pytest.raises(InvalidInput, match="'active', 'blocked', 'closed'"):
        log.subjects.set_status(acme, "account.status", "blokked")
    with pytest.raises(InvalidInput, match="^ref: "):
        log.subjects.set_status("acme", "account.status", "blocked")
    for ask in (log.subjects.status, lambda *asked: log.subjects.set_status(*asked, "x")):
        with pytest.raises(UnknownType):
            ask(acme, "account.states")
    with pytest.raises(InvalidInput, match="of_subject"):
        log.subjects.status(acme, "task")


def test_somebody_must_be_named(make_log: Callable[..., ActivityLog], acme: Ref):
    log = make_log(actor=None)
    with pytest.raises(InvalidInput, match="^actor: "):
        log.subjects.set_status(acme, "account.status", "blocked")
    assert log.subjects.status(acme, "account.status") == "active"


def test_times_rise(log: ActivityLog, acme: Ref, clock: Clock):
    log.subjects.set_status(acme, "ring", "b", at=NOON - HOUR)
    for at in (NOON - HOUR, NOON - 2 * HOUR):
        with pytest.raises(InvalidInput, match="^at: is not after the change before"):
            log.subjects.set_status(acme, "ring", "c", at=at)
    log.subjects.set_status(acme, "ring", "c")
    same_moment = log.subjects.set_status(acme, "ring", "a")
    assert same_moment.occurred_at == NOON + timedelta(milliseconds=1)
    clock.now = NOON - HOUR  # of a machine whose clock is slow
    assert log.subjects.set_status(acme, "ring", "b").occurred_at == NOON + timedelta(milliseconds=2)
    assert log.subjects.status(acme, "ring") == "b"


def test_statuses_are_set_and_never_recorded_or_handled(log: ActivityLog, acme: Ref):
    with pytest.raises(InvalidInput, match="set_status"):
        log.record("account.status", acme, status="blocked")
    entry = log.subjects.set_status(acme, "account.status", "blocked")
    with pytest.raises(NotAllowed, match="set_status"):
        log.transition(entry, "active")
    log.archive(entry)
    assert log.subjects.status(acme, "account.status") == "blocked"


def test_types_subjects_and_tenants_have_statuses_of_their_own(log: ActivityLog, acme: Ref, kim: Ref):
    log.subjects.set_status(acme, "account.status", "blocked")
    log.subjects.set_status(acme, "ring", "b")
    assert log.subjects.status(kim, "account.status") == "active"
    with scope(tenant="north"):
        assert log.subjects.status(acme, "account.status") == "active"
        log.subjects.set_status(acme, "account.status", "closed")
    assert log.subjects.status(acme, "account.status") == "blocked"
    assert log.subjects.status(acme, "ring") == "b"


def test_an_administrators_type_can_be_the_status_of_a_subject(log: ActivityLog, acme: Ref):
    log.types.create("rating", manual=False, of_subject=True, statuses=("new", "good", "bad"))
    log.subjects.set_status(acme, "custom.rating", "good")
    log.types.retire("rating")
    with pytest.raises(InvalidInput, match="retired"):
        log.subjects.set_status(acme, "custom.rating", "bad")
    assert log.subjects.status(acme, "custom.rating") == "good"


def test_while_paused_nothing_is_set(log: ActivityLog, acme: Ref):
    with log.paused():
        assert not log.subjects.set_status(acme, "account.status", "blocked").created
    assert log.subjects.status(acme, "account.status") == "active"


def test_a_rolled_back_status_was_never_set(transactional_log: ActivityLog, acme: Ref):
    log = transactional_log
    with pytest.raises(ZeroDivisionError), log.transaction():
        log.subjects.set_status(acme, "ring", "b")
        log.subjects.set_status(acme, "ring", "c")
        assert log.subjects.status(acme, "ring") == "c"
        _ = 1 / 0
    assert log.subjects.status(acme, "ring") == "a"
    with log.transaction():
        log.subjects.set_status(acme, "ring", "b")
    assert log.subjects.status(acme, "ring") == "b"


def test_merged_subjects_have_one_status_and_unmerged_ones_their_own(log: ActivityLog, acme: Ref, clock: Clock):
    double = Ref("company", 8, "Acme Inc.")
    log.subjects.set_status(acme, "ring", "b")
    clock.now += HOUR
    log.subjects.set_status(double, "ring", "b")
    log.subjects.set_status(double, "ring", "c")
    log.subjects.merge(double, into=acme)
    assert [log.subjects.status(each, "ring") for each in (acme, double)] == ["c", "c"]
    assert log.subjects.status(acme, "ring", at=NOON) == "b"
    with pytest.raises(TransitionNotAllowed):
        log.subjects.set_status(acme, "ring", "b")
    kept = log.subjects.set_status(double, "ring", "a")
    assert kept.subjects == (double,)
    log.subjects.unmerge(double)
    assert [log.subjects.status(each, "ring") for each in (acme, double)] == ["b", "a"]
    log.subjects.set_status(acme, "ring", "c")
    log.subjects.set_status(double, "ring", "b")
    log.subjects.merge(double, into=acme)
    assert log.subjects.status(acme, "ring") == "b"
    log.subjects.set_status(acme, "ring", "c")
    log.subjects.unmerge(double)
    assert [log.subjects.status(each, "ring") for each in (acme, double)] == ["c", "b"]


@settings(max_examples=effort(10, least=5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["x", "y", "z"]), st.sampled_from(["merge", "unmerge", "a", "b", "c"])), max_size=15
    )
)
def test_whatever_is_merged_a_status_can_always_be_set(log: ActivityLog, clock: Clock, steps: list[tuple[str, str]]):
    clock.now += HOUR
    prefix = f"{clock.now:%d%H}"
    for id, step in steps:
        ref, other = Ref("company", prefix + id), Ref("company", prefix + {"x": "y", "y": "z", "z": "x"}[id])
        try:
            if step == "merge":
                log.subjects.merge(ref, into=other)
            elif step == "unmerge":
                log.subjects.unmerge(ref)
            else:
                before = log.subjects.status(ref, "ring")
                log.subjects.set_status(ref, "ring", step)
                assert log.subjects.status(ref, "ring") == step
        except TransitionNotAllowed:
            assert step not in (before, RING[before])
        except InvalidInput:
            assert step in ("merge", "unmerge")


def chain(log: ActivityLog, subject: Ref) -> list[str]:
    return ["a", *(a.status for a in log.timeline(subject).filter(types="ring", archived=None).oldest_first())]


def test_eight_threads_make_one_chain(make_log: Callable[..., ActivityLog], acme: Ref):
    log = make_log()
    barrier = Barrier(8)
    made: list[str] = []
    failed: list[BaseException] = []

    def turn() -> None:
        barrier.wait()
        try:
            for _ in range(10):
                status = RING[log.subjects.status(acme, "ring")]
                try:
                    if log.subjects.set_status(acme, "ring", status).created:
                        made.append(status)
                except TransitionNotAllowed:
                    continue
        except BaseException as error:
            failed.append(error)

    threads = [Thread(target=turn) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    found = chain(log, acme)
    assert all(after == RING[before] for before, after in pairwise(found))
    assert sorted(found[1:]) == sorted(made), "what was acknowledged is there, and nothing else"
    moments = [a.occurred_at for a in log.timeline(acme).oldest_first()]
    assert moments == sorted(set(moments))


def test_of_several_first_ones_one_wins(make_log: Callable[..., ActivityLog], acme: Ref):
    log = make_log()
    barrier = Barrier(8)
    answers: list[bool | None] = []

    def block(number: int) -> None:
        barrier.wait()
        try:
            answers.append(log.subjects.set_status(acme, "account.status", ("blocked", "closed")[number % 2]).created)
        except TransitionNotAllowed:
            answers.append(None)

    threads = [Thread(target=block, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), answers.count(True)) == (8, 1)
    assert log.timeline(acme).count() == 1


def test_many_processes_make_one_chain(shared_log: ActivityLog, store_url: str, acme: Ref):
    arguments = [sys.executable, str(SETTER), store_url, str(acme), "10"]
    setters = [
        subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(SETTERS)
    ]
    made: list[str] = []
    for setter in setters:
        out, errors = setter.communicate()
        assert (setter.returncode, errors) == (0, "")
        made += out.split()
    found = chain(shared_log, acme)
    assert all(after == RING[before] for before, after in pairwise(found))
    assert sorted(found[1:]) == sorted(made)


@contextmanager
def once_before_writing(log: ActivityLog, action: Callable[[], object]) -> Iterator[None]:
    """Do something between the look of a writer of this log and its writing."""
    waiting = [action]

    def receive(sender: ActivityLog, **_: Any) -> None:
        if waiting:
            waiting.pop()()

    with signals.recording.connected_to(receive, sender=log):
        yield
    assert not waiting


def test_who_loses_a_race_looks_again(log: ActivityLog, acme: Ref):
    def set_status(status: str) -> Activity:
        return log.subjects.set_status(acme, "account.status", status)

    with once_before_writing(log, lambda: set_status("blocked")), pytest.raises(TransitionNotAllowed):
        set_status("closed")
    with once_before_writing(log, lambda: set_status("active")):
        assert not set_status("active").created
    with once_before_writing(log, lambda: log.subjects.set_status("company:8", "account.status", "closed")):
        assert set_status("blocked").created
    assert [a.status for a in log.timeline(acme)] == ["blocked", "active", "blocked"]


@pytest.mark.parametrize("store", ["postgresql", "mysql"])  # where another can write during a transaction
def test_a_race_lost_in_a_transaction_leaves_it_usable(
    store: str, empty_database: Callable[[str], str], types: TypeRegistry, acme: Ref, kim: Ref
):
    url = empty_database(store)
    log, other = (ActivityLog(url, types=types, actor=Actor.user(3)) for _ in range(2))

    def interrupt() -> None:
        other.subjects.set_status(acme, "account.status", "blocked")

    with once_before_writing(log, interrupt), log.transaction():
        with pytest.raises((TransitionNotAllowed, WriteConflict)) as refused:
            log.subjects.set_status(acme, "account.status", "closed")
        seen = "blocked" if refused.type is TransitionNotAllowed else "active"  # where all reads are of one moment
        assert log.subjects.status(acme, "account.status") == seen
        log.record("call", kim)
    assert other.subjects.status(acme, "account.status") == "blocked"
    assert (other.timeline(acme).count(), other.timeline(kim).count()) == (1, 1)
    for opened in (log, other):
        opened.close()


@pytest.mark.parametrize("store", ["postgresql", "mysql"])
def test_a_race_lost_in_the_hosts_transaction_leaves_it_usable(
    store: str, empty_database: Callable[[str], str], types: TypeRegistry, acme: Ref, kim: Ref
):
    url = empty_database(store)
    log, engine = ActivityLog(url, types=types, actor=Actor.user(3)), create_engine(url)
    log.record("call", kim)  # with the document of the audience, for which the other writer would wait
    with Session(engine) as session:
        bound = log.bound_to(session)
        bound.record("call", kim)
        race = once_before_writing(log, lambda: log.subjects.set_status(acme, "account.status", "blocked"))
        with race, pytest.raises((TransitionNotAllowed, WriteConflict)):
            bound.subjects.set_status(acme, "account.status", "closed")
        bound.record("call", kim)
        session.commit()
    assert (log.subjects.status(acme, "account.status"), log.timeline(kim).count()) == ("blocked", 3)
    engine.dispose()
    log.close()
