"""Signals, transactions, handlers, pauses, resolvers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from blinker import NamedSignal, Signal

from activitylog import Activity, ActivityLog, Draft, Link, Ref, signals
from activitylog.errors import InvalidInput, NotAllowed, Refused, Unsupported
from activitylog.testing import capturing

Seen = list[tuple[str, list[Activity]]]


@contextmanager
def watching(log: ActivityLog) -> Iterator[Seen]:
    seen: Seen = []
    receivers = []
    for signal in (
        signals.recorded, signals.edited, signals.deleted, signals.restored, signals.transitioned, signals.handled,
    ):  # fmt: skip

        def receive(_: Any, activities: Any, name: str = signal.name.partition(".")[2]) -> None:
            seen.append((name, list(activities)))

        signal.connect(receive, sender=log)
        receivers.append((signal, receive))
    yield seen
    for signal, receive in receivers:
        signal.disconnect(receive, sender=log)


def test_each_unit_is_announced_once(log: ActivityLog, kim: Ref):
    with watching(log) as seen:
        call = log.record("call", kim, idempotency_key="k")
        log.record("call", kim, idempotency_key="k")
        two = log.record_many([Draft("call", kim), Draft("task", kim)])
        log.edit(call, note="x")
        log.delete(call)
        log.restore(call)
        log.transition(two[1], "done")
        log.pin(call)
        log.pin(call)
    assert [(name, len(activities)) for name, activities in seen] == [
        ("recorded", 1), ("recorded", 2), ("edited", 1), ("deleted", 1), ("restored", 1), ("transitioned", 1),
        ("handled", 1),
    ]  # fmt: skip
    assert seen[0][1] == [call]


def test_a_failing_receiver_stops_nothing(log: ActivityLog, kim: Ref, caplog: pytest.LogCaptureFixture):
    def fails(_: Any, **__: Any) -> None:
        raise RuntimeError("secret words")

    def refuses(_: Any, **__: Any) -> None:
        raise Refused("too late")

    with (
        signals.recorded.connected_to(fails, sender=log),
        signals.recorded.connected_to(refuses, sender=log),
        capturing(log) as seen,
    ):
        log.record("call", kim)
    assert len(seen) == 1
    assert log.timeline(kim).count() == 1
    assert "fails" in caplog.text
    assert "secret words" not in caplog.text


def test_recording_can_be_refused(log: ActivityLog, kim: Ref):
    def veto(_: Any, drafts: tuple[Draft, ...]) -> None:
        if any(draft.note == "spam" for draft in drafts):
            raise Refused("no spam here")

    def broken(_: Any, drafts: Any) -> None:
        raise KeyError

    with signals.recording.connected_to(veto, sender=log), signals.recording.connected_to(broken, sender=log):
        with pytest.raises(Refused, match="no spam"):
            log.record_many([Draft("call", kim), Draft("call", kim, note="spam")])
        assert log.record("call", kim).created
    assert log.timeline(kim).count() == 1


def test_a_transaction_is_all_or_nothing(transactional_log: ActivityLog, kim: Ref):
    log = transactional_log
    first = log.record("call", kim)
    with watching(log) as seen:
        with pytest.raises(KeyError), log.transaction():
            log.record("call", kim)
            log.edit(first, note="x")
            assert log.timeline(kim).count() == 2
            raise KeyError
        assert (log.timeline(kim).count(), log.get(first).version, seen) == (1, 1, [])
        with log.transaction() as within:
            assert within is log
            log.record("call", kim)
            log.edit(first, note="x")
            assert seen == []
    assert [name for name, _ in seen] == ["recorded", "edited"]
    assert (log.timeline(kim).count(), log.get(first).version) == (2, 2)


def test_a_transaction_in_a_transaction_is_a_savepoint(transactional_log: ActivityLog, kim: Ref):
    log = transactional_log
    with watching(log) as seen, log.transaction():
        log.record("call", kim, note="kept")
        with pytest.raises(KeyError), log.transaction():
            log.record("call", kim, note="dropped", readers="user:1")
            raise KeyError
        log.record("call", kim, note="also kept", readers="user:1")
    assert [entry.note for _, entries in seen for entry in entries] == ["kept", "also kept"]
    assert [entry.note for entry in log.timeline(kim)] == ["also kept", "kept"]
    audiences = {document.name for document in log.storage.documents("default", "audience", limit=9)}
    ids = [entry.id for entry in log.timeline(kim)]
    assert {record.audience for record in log.storage.get("default", ids).values()} == audiences


def test_what_was_rolled_back_is_not_taken_for_known(transactional_log: ActivityLog, kim: Ref):
    log = transactional_log
    with pytest.raises(KeyError), log.transaction():
        log.record("call", kim)
        assert log.timeline(kim).page(1).next is None
        raise KeyError
    log.record_many([Draft("call", kim), Draft("call", kim)])
    assert len(log.storage.documents("default", "audience", limit=9)) == 1
    token = log.timeline(kim).page(1).next
    assert len(ActivityLog(log.storage).timeline(kim).page(1, after=token)) == 1


def test_the_host_signals_become_activities(log: ActivityLog, kim: Ref):
    paid, moved = Signal(), NamedSignal("moved")

    @log.on(paid)
    def on_paid(sender: Any, **kw: Any) -> Draft | None:
        return Draft("call", kim, note=f"{sender} {kw['amount']}") if kw["amount"] else None

    @log.on(moved)
    def on_moved(sender: Any, **_: Any) -> Iterator[Draft]:
        yield Draft("call", kim, note="one")
        yield Draft("call", kim, note="two")

    paid.send("bank", amount=5)
    paid.send("bank", amount=0)
    moved.send()
    assert [entry.note for entry in log.timeline(kim).oldest_first()] == ["bank 5", "one", "two"]
    assert on_paid(1, amount=0) is None


def test_paused_records_nothing_but_still_checks(log: ActivityLog, kim: Ref):
    with capturing(log) as seen, log.paused():
        entry = log.record("call", kim, note="x")
        with pytest.raises(InvalidInput):
            log.record("call", kim, note=5)
        assert (entry.created, entry.note) == (False, "x")
    assert (seen, log.everything().exists()) == ([], False)
    assert log.record("call", kim).created


def test_resolvers_are_asked_once_per_kind(log: ActivityLog, kim: Ref, acme: Ref):
    asked = []

    @log.resolver("contact")
    def contacts(ids: tuple[str, ...]) -> dict[int, Link]:
        asked.append(ids)
        return {42: Link("Kim Weber-Lang", "/contacts/42"), 99: Link("nobody asked")}

    found = log.resolve([kim, acme, "contact:1", kim])
    assert found == {
        kim: Link("Kim Weber-Lang", "/contacts/42"),
        acme: Link("ACME"),
        Ref("contact", 1): Link("contact:1"),
    }
    assert asked == [("42", "1")]
    with pytest.raises(InvalidInput, match="resolver already"):
        log.resolver("contact")(contacts)


def test_what_memory_does_not_have_is_said(kim: Ref):
    log = ActivityLog("memory://")
    with pytest.raises(Unsupported):
        log.bound_to(object())
    with pytest.raises(Unsupported, match="Connection"):
        log.committed()
    log.migrate()
    log.close()
    assert "Memory" in repr(log)


def test_the_pytest_fixture(activity_log: Any, kim: Ref):
    entry = activity_log.record("call", kim)
    activity_log.delete(entry)
    assert activity_log.recorded(kim) == [activity_log.get(entry)]
    assert activity_log.recorded(types="task") == []
    with activity_log.transaction():
        activity_log.record("call", kim)
    assert len(activity_log.recorded()) == 2
    assert entry.actor.label == "Tester"


def test_a_transaction_is_of_the_task_that_began_it(transactional_log: ActivityLog, kim: Ref):
    log = transactional_log

    async def late(left: asyncio.Event) -> bool:
        await left.wait()
        return log.record("call", kim, note="late").created

    async def early() -> bool:
        return log.record("call", kim, note="early").created

    async def main() -> None:
        left = asyncio.Event()
        with pytest.raises(KeyError), log.transaction():
            log.record("call", kim, note="within")
            after = asyncio.create_task(late(left))
            with pytest.raises(NotAllowed):
                await asyncio.create_task(early())
            with pytest.raises(NotAllowed):
                await asyncio.to_thread(log.record, "call", kim)
            raise KeyError
        left.set()
        with log.transaction():
            log.record("call", kim, note="kept")
        assert await after

    asyncio.run(main())
    assert [entry.note for entry in log.timeline(kim).oldest_first()] == ["kept", "late"]


def test_a_task_beside_a_transaction_is_not_drawn_into_it(transactional_log: ActivityLog, kim: Ref):
    log, recorded = transactional_log, []
    log.record("call", "contact:0")  # makes the audience known, for which the one would wait until the other commits

    async def main() -> None:
        begun, tried = asyncio.Event(), asyncio.Event()

        async def beside() -> None:
            await begun.wait()
            try:
                recorded.append(log.record("call", kim, note="beside").note)
            except NotAllowed:  # the store has one writer, whose turn does not end while this thread waits for it
                recorded.clear()
            tried.set()

        task = asyncio.create_task(beside())
        with pytest.raises(KeyError), log.transaction():
            log.record("call", kim)
            begun.set()
            await tried.wait()
            raise KeyError
        await task

    asyncio.run(main())
    assert [entry.note for entry in log.timeline(kim)] == recorded
    assert log.record("call", kim).created


def test_an_asynchronous_receiver_is_said_not_to_run(log: ActivityLog, kim: Ref, caplog: pytest.LogCaptureFixture):
    async def receive(_: Any, **__: Any) -> None: ...

    paid = Signal()

    @log.on(paid)
    async def on_paid(_: Any) -> Draft:
        return Draft("call", kim)

    with signals.recorded.connected_to(receive, sender=log):
        assert log.record("call", kim).created
    assert "TypeError" in caplog.text
    with pytest.raises(TypeError, match="asynchronous"):
        paid.send()
