"""Executing plans: in chunks, once, however often it is begun, and by however many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from activitylog import ActivityLog, Actor, Draft, Ref, signals
from activitylog.errors import InvalidInput, NotAllowed, Refused
from activitylog.testing import capturing
from effort import effort

MANY = 1_020


def people(many: int = MANY) -> Iterator[Ref]:
    return (Ref("contact", number, f"Contact {number}") for number in range(many))


def reached(log: ActivityLog) -> Counter[str]:
    """How many activities each contact has."""
    return Counter(subject.id for entry in log.everything() for subject in entry.subjects)


def each_once(many: int = MANY) -> Counter[str]:
    return Counter(map(str, range(many)))


@contextmanager
def on_recording(log: ActivityLog, act: Callable[[int], None]) -> Iterator[None]:
    """Act when the n-th chunk is about to be written."""
    times = 0

    def receive(_: Any, drafts: Any) -> None:
        nonlocal times
        times += 1
        act(times)

    with signals.recording.connected_to(receive, sender=log.base):
        yield


def test_progress_is_told_after_each_chunk(log: ActivityLog):
    told: list[tuple[int, int]] = []
    plan = log.plans.make("call", people()).exclude(*(f"contact:{number}" for number in range(510, 520)))
    plan.execute(progress=lambda done, total: told.append((done, total)))
    assert told == [(500, 1010), (990, 1010), (1010, 1010)]


def test_parts_without_anybody_selected_are_passed_over(log: ActivityLog):
    told: list[tuple[int, int]] = []
    plan = log.plans.make("call", people()).exclude_all().include("contact:600", "contact:601")
    plan.execute(progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 2)]
    assert reached(log) == {"600": 1, "601": 1}


def test_executing_again_creates_nothing_again(log: ActivityLog):
    plan = log.plans.make("call", people())
    first = plan.execute()
    with capturing(log) as seen:
        assert plan.execute().id == log.plans.resume(plan.id).execute().id == first.id == plan.id
    assert list(seen) == []
    assert reached(log) == each_once()
    assert first.timeline().count() == MANY


def test_signals_come_once_per_chunk(log: ActivityLog):
    sizes: list[int] = []

    def receive(_: Any, activities: Any) -> None:
        sizes.append(len(activities))

    with signals.recorded.connected_to(receive, sender=log):
        log.plans.make("call", people()).execute()
    assert sizes == [500, 500, 20]


def test_what_breaks_in_the_midst_is_taken_up_later(log: ActivityLog):
    plan = log.plans.make("call", people()).assign(["user:1", "user:2"])
    wanted = {row.subject.id: row.assignee for row in plan.report()}

    def stop(done: int, total: int) -> None:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        plan.execute(progress=stop)
    assert plan.report().counts() == {"created": 500, "planned": 520}
    log.plans.resume(plan.id).execute()
    assert reached(log) == each_once()
    assert {entry.subjects[0].id: entry.assignee for entry in log.everything()} == wanted
    assert len({entry.occurred_at for entry in log.everything()}) == 1, "all happened when the plan was begun"


def test_a_veto_stops_the_plan_until_it_is_lifted(log: ActivityLog):
    plan = log.plans.make("call", people())

    def veto(times: int) -> None:
        if times == 2:
            raise Refused("not on Sundays")

    with on_recording(log, veto), pytest.raises(Refused):
        plan.execute()
    assert plan.report().counts() == {"created": 500, "planned": 520}
    plan.execute()
    assert reached(log) == each_once()


def test_a_paused_log_executes_nothing(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts)
    with log.paused(), pytest.raises(NotAllowed, match="paused"):
        plan.execute()
    assert plan.exclude(contacts[0]).execute().timeline().count() == 4


def test_a_progress_that_is_no_function_begins_nothing(log: ActivityLog, contacts: list[Ref]):
    plan = log.plans.make("call", contacts)
    with pytest.raises(InvalidInput, match="^progress: "):
        plan.execute(progress=True)
    assert plan.exclude(contacts[0]).report().counts()["planned"] == 4


def test_times_that_were_given_are_those_of_the_draft(log: ActivityLog, contacts: list[Ref]):
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    batch = log.plans.make(Draft("call", occurred_at=at), contacts).execute()
    assert {entry.occurred_at for entry in batch.timeline()} == {at}


def test_without_a_time_it_is_that_of_the_execution(make_log: Callable[..., ActivityLog], contacts: list[Ref]):
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    log = make_log(clock=lambda: at)
    plan = log.plans.make("call", contacts)
    at += timedelta(days=3)
    assert {entry.occurred_at for entry in plan.execute().timeline()} == {at}


def test_another_who_executes_it_meanwhile_doubles_nothing(log: ActivityLog):
    plan = log.plans.make("call", people())
    told: list[int] = []

    def execute_too(times: int) -> None:
        if times == 2:
            log.plans.resume(plan.id).execute()

    with on_recording(log, execute_too):
        plan.execute(progress=lambda done, _: told.append(done))
    assert reached(log) == each_once()
    assert plan.report().counts() == {"created": MANY}


def test_threads_that_execute_it_at_once_double_nothing(log: ActivityLog):
    many = effort(3_000, least=1_500)
    plan = log.plans.make("call", people(many))
    barrier = Barrier(3)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            barrier.wait()
            log.plans.resume(plan.id).execute()
        except BaseException as error:
            failures.append(error)

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert reached(log) == each_once(many)


def test_undone_between_two_chunks_it_stops(log: ActivityLog):
    plan = log.plans.make("call", people())
    with pytest.raises(NotAllowed, match="undone"):
        plan.execute(progress=lambda done, total: log.batch(plan.id).undo())
    assert reached(log) == {}
    assert log.everything().filter(deleted=True).count() == 500


def test_undone_when_it_is_about_to_begin_nothing_is_written(make_log: Callable[..., ActivityLog], contacts: list[Ref]):
    waiting: list[Callable[[], None]] = []

    def lea() -> Actor:
        if waiting:
            waiting.pop()()
        return Actor.user(3, "Lea Müller")

    log = make_log(actor=lea)
    plan = log.plans.make("call", contacts)
    waiting.append(log.batch(plan.id).undo)
    with pytest.raises(NotAllowed, match="undone"):
        plan.execute()
    assert reached(log) == {}


def test_undone_while_a_chunk_is_written_nothing_stays(log: ActivityLog):
    plan = log.plans.make("call", people())

    def undo(times: int) -> None:
        if times == 2:
            log.batch(plan.id).undo()

    with on_recording(log, undo), pytest.raises(NotAllowed, match="undone"):
        plan.execute()
    assert reached(log) == {}
    assert {row.outcome for row in plan.report()} == {"undone"}


def test_undone_by_a_thread_nothing_stays(log: ActivityLog):
    plan = log.plans.make("call", people(effort(3_000, least=1_500)))
    barrier = Barrier(2)
    failures: list[BaseException] = []

    def undo() -> None:
        try:
            barrier.wait()
            log.batch(plan.id).undo()
        except BaseException as error:
            failures.append(error)

    def start_undoing(done: int, total: int) -> None:
        if done == 500:
            barrier.wait()

    thread = Thread(target=undo)
    thread.start()
    with suppress(NotAllowed):  # unless it came to its end before
        plan.execute(progress=start_undoing)
    thread.join()
    assert failures == []
    assert reached(log) == {}
    with pytest.raises(NotAllowed, match="undone"):
        plan.execute()


def test_a_type_made_at_run_time_can_be_planned(log: ActivityLog, contacts: list[Ref]):
    log.types.create("visit", fields={"since": "date", "who": "reference", "price": "money"})
    data = {"since": date(2026, 3, 1), "who": Ref("user", 1, "Lea"), "price": Decimal("1.50")}
    batch = log.plans.make(Draft("custom.visit", data=data), contacts).execute()
    assert [entry.data for entry in batch.timeline()] == [data] * 5


def test_a_plan_lives_and_dies_with_the_hosts_transaction(log: ActivityLog, store_url: str, contacts: list[Ref]):
    if store_url.startswith(("memory", "mongodb")):
        pytest.skip("the host has no SQL transaction there")
    engine = create_engine(store_url)
    with Session(engine) as session:
        bound = log.bound_to(session)
        plan = bound.plans.make("call", contacts)
        assert plan.exclude(contacts[0]).execute().timeline().count() == 4
        session.rollback()
        assert reached(log) == {}
        with pytest.raises(InvalidInput, match="^id: "):
            log.plans.resume(plan.id)
        again = bound.plans.make("call", contacts)
        again.execute()
        session.commit()
    engine.dispose()
    assert log.plans.resume(again.id).report().counts() == {"created": 5}


def test_a_plan_is_executed_within_a_transaction(transactional_log: ActivityLog, contacts: list[Ref]):
    log = transactional_log
    plan = log.plans.make("call", contacts)
    with pytest.raises(RuntimeError), log.transaction():
        plan.execute()
        assert reached(log).total() == 5
        raise RuntimeError
    assert reached(log) == {}
    assert plan.report().counts() == {"planned": 5}
    with log.transaction():
        made = log.plans.make("call", contacts).exclude(contacts[0])
        made.execute()
        assert made.report().counts()["created"] == 4
    assert reached(log).total() == 4
