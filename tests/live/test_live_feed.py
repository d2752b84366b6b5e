"""Streams of what is recorded: who hears what, and what it costs."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, current_thread

import pytest

from activitylog import ActivityLog, Actor, Ref, TypeRegistry, Viewer, scope
from activitylog.errors import InvalidCursor, InvalidInput
from activitylog.storage import Capability
from activitylog_html.live import LiveFeed
from activitylog_memory import MemoryStorage

KIM, ACME = Ref("contact", 42), Ref("company", 7)
SOON = timedelta(milliseconds=20)
PATIENCE = 60


@pytest.fixture
def types() -> TypeRegistry:
    registry = TypeRegistry()
    registry.define("call", manual=True)
    return registry


@pytest.fixture
def log(store_url: str, types: TypeRegistry) -> Iterator[ActivityLog]:
    log = ActivityLog(store_url, types=types, actor=Actor.user(3))
    log.migrate()
    yield log
    log.close()


@pytest.fixture
def feed(log: ActivityLog) -> Iterator[LiveFeed]:
    feed = LiveFeed(log, interval=SOON)
    yield feed
    feed.close()


@pytest.fixture
def waiting() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def stream(feed: LiveFeed, log: ActivityLog, *things: Ref, since: str = ""):
    timeline = log.timeline(*things) if things else log.everything()
    return feed.stream(timeline, last_event_id=since, rendered=lambda activity: activity.note)


class Heard:
    """Reads a stream, and what it says of entries."""

    def __init__(self, stream, pool: ThreadPoolExecutor) -> None:
        self.stream, self._chunks, self._pool = stream, iter(stream), pool
        self.marks: list[str] = []
        self.next_chunk()

    def next_chunk(self) -> bytes:
        return self._pool.submit(next, self._chunks).result(PATIENCE)

    def notes(self, wanted: int) -> list[str]:
        found: list[str] = []
        while len(found) < wanted:
            chunk = self.next_chunk().decode()
            self.marks += re.findall(r"^id: (.*)$", chunk, re.MULTILINE)
            found += re.findall(r"^data: (.*)$", chunk, re.MULTILINE)
        return found


def test_what_this_process_records_is_heard_by_whom_it_concerns(log, feed, waiting):
    kim, acme, all = (Heard(stream(feed, log, *things), waiting) for things in ((KIM,), (ACME,), ()))
    log.record("call", KIM, note="one")
    log.record("call", ACME, note="two")
    assert kim.notes(1) == ["one"]
    assert acme.notes(1) == ["two"]
    assert sorted(all.notes(2)) == ["one", "two"]


def test_what_another_process_records_is_found_by_asking(log, feed, waiting, store_url, types):
    if Capability.SHARED not in log.storage.capabilities:
        pytest.skip("the store belongs to one process")
    heard = Heard(stream(feed, log, KIM), waiting)
    other = ActivityLog(store_url, types=types, actor=Actor.user(4))
    other.record("call", KIM, note="from elsewhere")
    assert heard.notes(1) == ["from elsewhere"]
    other.close()


def test_an_entry_that_was_long_in_committing_is_heard(log, feed, waiting, store_url, types):
    if not {Capability.SHARED, Capability.TRANSACTIONS} <= log.storage.capabilities or store_url.startswith("sqlite"):
        pytest.skip("the store has no two transactions at once")
    log.record("call", ACME)  # the first of an audience waits for whoever writes its document
    heard = Heard(stream(feed, log, KIM), waiting)
    other = ActivityLog(store_url, types=types, actor=Actor.user(4))
    with other.transaction():
        other.record("call", KIM, note="late")
        log.record("call", KIM, note="early")
        assert heard.notes(1) == ["early"]
    assert heard.notes(1) == ["late"]
    other.close()


def test_a_viewer_hears_what_that_viewer_may_see(log, feed, waiting):
    limited = log.visible_to(Viewer(["user:5"]))
    heard = Heard(stream(feed, limited, KIM), waiting)
    log.record("call", KIM, note="secret", readers=["user:9"])
    log.record("call", KIM, note="open", readers=["user:5"])
    assert heard.notes(1) == ["open"]


def test_another_tenant_is_not_heard(log, feed, waiting):
    with scope(tenant="north"):
        heard = Heard(stream(feed, log, KIM), waiting)
    log.record("call", KIM, note="south")
    with scope(tenant="north"):
        log.record("call", KIM, note="north")
    assert heard.notes(1) == ["north"]


def test_merged_subjects_are_heard_as_one(log, feed, waiting):
    twin = Ref("contact", 43)
    log.subjects.merge(twin, into=KIM)
    heard = Heard(stream(feed, log, KIM), waiting)
    log.record("call", twin, note="after")
    assert heard.notes(1) == ["after"]


def test_who_comes_back_misses_nothing(log, feed, waiting):
    first = Heard(stream(feed, log, KIM), waiting)
    log.record("call", KIM, note="one")
    assert first.notes(1) == ["one"]
    first.stream.close()
    log.record("call", KIM, note="two")
    again = stream(feed, log, KIM, since=first.marks[-1])
    told = next(iter(again)).decode()
    assert "data: two" in told


def test_a_mark_that_is_none_is_refused(log, feed):
    with pytest.raises(InvalidCursor):
        stream(feed, log, KIM, since="forged")
    other = log.timeline(ACME).page().mark
    with pytest.raises(InvalidCursor):
        stream(feed, log, KIM, since=other)


def test_each_line_of_what_is_rendered_is_a_line_of_data(log, feed, waiting):
    heard = Heard(stream(feed, log, KIM), waiting)
    log.record("call", KIM, note="one\nevent: forged\r\ntwo")
    assert heard.notes(3) == ["one", "event: forged", "two"]


def test_asynchronously(log, feed):
    async def listen() -> bytes:
        chunks = stream(feed, log, KIM).__aiter__()
        await anext(chunks)
        await asyncio.to_thread(log.record, "call", KIM, note="one")
        found = await asyncio.wait_for(anext(chunks), PATIENCE)
        await chunks.aclose()
        return found

    assert b"data: one\n" in asyncio.run(listen())


def test_a_closed_stream_ends_and_the_poller_with_the_last(log, feed, waiting):
    streams = [stream(feed, log, KIM) for _ in range(3)]
    poller = feed._poller
    for each in streams:
        chunks = iter(each)
        next(chunks)
        each.close()
        assert waiting.submit(list, chunks).result(PATIENCE) in ([], [b""])
    feed.wake()
    poller.join(PATIENCE)
    assert not poller.is_alive()
    heard = Heard(stream(feed, log, KIM), waiting)
    log.record("call", KIM, note="again")
    assert heard.notes(1) == ["again"]


class Counting(MemoryStorage):
    """Counts what it is asked for."""

    fetched = 0

    def fetch(self, query, /):
        self.fetched += 1
        return super().fetch(query)


def test_two_hundred_streams_cost_what_one_costs(types, waiting):
    storage = Counting()
    log = ActivityLog(storage, types=types, actor=Actor.user(3))
    feed = LiveFeed(log, interval=timedelta(hours=1))
    streams = [stream(feed, log, Ref("contact", number)) for number in range(200)]
    last = Heard(streams[-1], waiting)
    before = storage.fetched
    log.record("call", Ref("contact", 199), note="one")
    assert last.notes(1) == ["one"]
    assert storage.fetched - before <= 5  # the poller's, and those of the one stream that it concerns
    feed.close()
    log.close()


@pytest.mark.parametrize("wrong", [timedelta(0), timedelta(seconds=-1), 1])
@pytest.mark.parametrize("name", ["interval", "overlap"])
def test_times_that_are_none(types, name, wrong):
    with pytest.raises(InvalidInput, match=name):
        LiveFeed(ActivityLog("memory://", types=types), **{name: wrong})


def test_errors_of_the_host_do_not_end_the_poller(log, waiting, monkeypatch, caplog):
    failing = iter((RuntimeError, KeyError))

    def release() -> None:
        for error in failing:
            raise error

    opening = iter((RuntimeError,))
    everything = ActivityLog.everything

    def everything_in_time(self: ActivityLog):
        if current_thread().name == "activitylog-live":
            for error in opening:
                raise error
        return everything(self)

    monkeypatch.setattr(ActivityLog, "everything", everything_in_time)
    feed = LiveFeed(log, interval=SOON, release=release)
    heard = Heard(stream(feed, log, KIM), waiting)
    log.record("call", KIM, note="one")
    assert heard.notes(1) == ["one"]
    feed.close()
    assert [next(failing, None), next(opening, None)] == [None, None]
    assert "RuntimeError" in caplog.text


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_has_a_poller_of_its_own(types, tmp_path):
    log = ActivityLog(f"sqlite:///{tmp_path / 'log.db'}", types=types, actor=Actor.user(3))
    log.migrate()
    polled = Event()

    def release() -> None:
        if current_thread().name == "activitylog-live":
            polled.set()

    feed = LiveFeed(log, interval=timedelta(hours=1), release=release)
    heard = stream(feed, log, KIM)
    assert polled.wait(PATIENCE)
    polled.clear()
    if (child := os.fork()) == 0:
        chunks = iter(stream(feed, log, KIM))
        next(chunks)
        polled.wait(PATIENCE)
        log.record("call", KIM, note="of the child")
        os._exit(0 if b"of the child" in next(chunks) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    heard.close()
    feed.close()
    log.close()
