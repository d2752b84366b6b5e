"""Live entries: streams of server-sent events, all fed by one poller per process and store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Final
from uuid import UUID
from weakref import WeakSet

from activitylog import Activity, ActivityLog, Page, Timeline, Viewer, scope, signals
from activitylog.errors import ActivityLogError, InvalidInput

__all__ = ["LiveFeed", "Stream"]

_logger: Final = logging.getLogger("activitylog")

OVERLAP: Final = timedelta(seconds=30)
_HEARTBEAT: Final = 15.0
"""After so many silent seconds a stream says something, so that a browser that went away is noticed."""
_LIFETIME: Final = 300.0
"""After so many seconds a stream ends: the browser asks again, and the host looks again who it is."""
_REFRESH: Final = 5.0
"""Every so many seconds the whole overlap is read; in between only what is newest."""
_PAUSE_AT_MOST: Final = 30.0
_PART: Final = 500
"""Entries that are read at once."""

Rendered = Callable[[Activity], str]


class LiveFeed:
    """Tells open streams of a log what is recorded while they are open, by whatever process.

    One thread asks the store for what is new, however many streams there are, and only those that it concerns read
    it: through their own timelines, so that what a viewer may not see never gets that far. What this process records
    is noticed at once, what others do at the next poll, or when ``wake`` is called.

    Args:
        log: the host's own log, not limited to a viewer.
        interval: how often the store is asked.
        overlap: how far back each question goes: the longest transaction and the skew of clocks that are covered.
        release: called after each use of the store in a thread of the feed's, to give back the host's connections.

    Raises:
        InvalidInput: a time is not positive.
        NotAllowed: the log is limited to a viewer.
    """

    def __init__(
        self,
        log: ActivityLog,
        *,
        interval: timedelta = timedelta(seconds=1),
        overlap: timedelta = OVERLAP,
        release: Callable[[], object] = lambda: None,
    ) -> None:
        for name, given in (("interval", interval), ("overlap", overlap)):
            if not isinstance(given, timedelta) or given <= timedelta(0):
                raise InvalidInput(name, "a timedelta of more than nothing is expected")
        self._log = log.base
        self._interval = interval.total_seconds()
        self.overlap = overlap
        self._release = release
        self._streams: WeakSet[Stream] = WeakSet()
        self._lock = Lock()
        self._poller: Thread | None = None
        self._woken = Event()
        self._closed = False
        signals.recorded.connect(self._heard, sender=self._log)

    def stream(self, timeline: Timeline[Activity], *, last_event_id: str, rendered: Rendered) -> Stream:
        """Return the events of a timeline from a mark on: each has a mark as its ``id``, and what ``rendered`` makes.

        An entry may come twice, with the same id in what is rendered; who reads drops it.

        Args:
            timeline: limited to the viewer.
            last_event_id: a page's mark, or the id of the event that a browser saw last; empty for "from now on".
            rendered: what stands for an entry in its event.

        Raises:
            InvalidCursor: the mark is none, or of another timeline.
        """
        mark = last_event_id or timeline.page(1).mark
        found = Stream(self, timeline, rendered, timeline.arrived(after=mark, overlap=self.overlap))
        with self._lock:
            self._streams.add(found)
            gone = self._poller is None or not self._poller.is_alive()  # threads do not follow into a forked process
            if gone and not self._closed:
                self._poller = Thread(target=self._poll, name="activitylog-live", daemon=True)
                self._poller.start()
        return found

    def wake(self) -> None:
        """Ask the store now: another process has said that there is something."""
        self._woken.set()

    def release(self) -> None:
        """Give back the host's connections; that this fails, as with one that is broken, must end nothing."""
        try:
            self._release()
        except Exception as error:  # the host's
            _logger.warning("live entries: connections could not be given back (%s)", type(error).__name__)

    def leave(self, stream: Stream) -> None:
        """Forget a stream that has ended."""
        with self._lock:
            self._streams.discard(stream)

    def close(self) -> None:
        """End all streams, and the poller."""
        self._closed = True
        signals.recorded.disconnect(self._heard, sender=self._log)
        with self._lock:
            streams, poller = list(self._streams), self._poller
        self.wake()
        for stream in streams:
            stream.close()
        if poller is not None:
            poller.join()

    def _heard(self, sender: Any, **_: Any) -> None:
        if self._poller is not None:
            self.wake()

    # -- the poller ------------------------------------------------------------------------------------------------

    def _poll(self) -> None:
        """Ask until nobody listens any more."""
        watches: dict[str, _Watch] = {}
        pause = self._interval
        while streams := self._listening():
            tenants = {stream.tenant for stream in streams}
            try:
                watches = {tenant: watches.get(tenant) or _Watch(self._log, tenant, self.overlap) for tenant in tenants}
                for tenant, watch in watches.items():
                    self._tell(watch.news(), [stream for stream in streams if stream.tenant == tenant])
                pause = self._interval
            except Exception as error:  # the store is away, or a provider of the host's fails: ask less and less often
                _logger.warning("live entries: the store could not be read (%s)", type(error).__name__)
                pause = min(pause * 2, _PAUSE_AT_MOST)
            finally:
                self.release()
            self._woken.wait(pause)
            self._woken.clear()

    def _listening(self) -> list[Stream]:
        with self._lock:
            streams = [] if self._closed else list(self._streams)
            if not streams:
                self._poller = None
            return streams

    def _tell(self, news: Iterable[Activity], streams: Iterable[Stream]) -> None:
        waiting = set(streams)
        for activity in news:
            for stream in [one for one in waiting if one.timeline.concerns(activity)]:
                stream.wake()
                waiting.discard(stream)
            if not waiting:
                return


class _Watch:
    """What is new in a tenant since the last look."""

    def __init__(self, log: ActivityLog, tenant: str, overlap: timedelta) -> None:
        with scope(tenant=tenant):
            self._timeline = log.visible_to(Viewer.unlimited()).everything()
        self._overlap = overlap
        self._mark = ""
        self._seen = Seen(overlap)
        self._refreshed = 0.0

    def news(self) -> Iterator[Activity]:
        """Give the entries that were not seen before; at first these are all within the overlap."""
        if not self._mark:
            self._mark = self._timeline.page(1).mark
        overlap = timedelta(0)
        if monotonic() >= self._refreshed + _REFRESH:
            overlap, self._refreshed = self._overlap, monotonic()
        while page := self._timeline.arrived(after=self._mark, overlap=overlap, limit=_PART):
            yield from self._seen.new(page)
            self._mark, overlap = page.mark, timedelta(0)
            if len(page) < _PART:
                return


class Seen:
    """Which entries were seen, as long as they can come again."""

    def __init__(self, overlap: timedelta) -> None:
        self._lasts = 3 * overlap.total_seconds()
        self._ids: dict[UUID, float] = {}

    def new(self, activities: Iterable[Activity]) -> list[Activity]:
        """Return those that were not, and know them from now on."""
        now = monotonic()
        fresh = [activity for activity in activities if activity.id not in self._ids]
        self._ids.update((activity.id, now) for activity in fresh)
        for id, at in list(self._ids.items()):  # in the order in which they came
            if at + self._lasts > now:
                break
            del self._ids[id]
        return fresh


class Stream:
    """The events of one timeline, as bytes: iterate it in a thread, or asynchronously, and ``close`` it."""

    def __init__(self, feed: LiveFeed, timeline: Timeline[Activity], rendered: Rendered, first: Page[Activity]) -> None:
        self.timeline = timeline
        [self.tenant] = timeline.tenants
        self._feed = feed
        self._rendered = rendered
        self._first = first
        self._mark = first.mark
        self._seen = Seen(feed.overlap)
        self._woken = Event()
        self._tell: Callable[[], object] = self._woken.set
        self._ends = monotonic() + _LIFETIME
        self._closed = False

    def wake(self) -> None:
        """Say that there is something that may be for this stream."""
        self._woken.set()
        with suppress(RuntimeError):  # its loop is closed, and it with that
            self._tell()

    def close(self) -> None:
        """End it."""
        self._closed = True
        self._feed.leave(self)
        self.wake()

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield self._begin()
            while (left := self._left()) > 0:
                yield self._news() if self._woken.wait(left) else _SILENCE
        except ActivityLogError as error:
            self._fail(error)
        finally:
            self.close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        self._tell = lambda: loop.call_soon_threadsafe(woken.set)
        try:
            yield await asyncio.to_thread(self._begin)
            while (left := self._left()) > 0:
                try:
                    await asyncio.wait_for(woken.wait(), left)
                except TimeoutError:
                    yield _SILENCE
                    continue
                woken.clear()
                yield await asyncio.to_thread(self._news)
        except ActivityLogError as error:
            self._fail(error)
        finally:
            self._tell = self._woken.set
            self.close()

    def _left(self) -> float:
        """Return how many seconds to wait at most; none where it is over."""
        return 0.0 if self._closed else min(_HEARTBEAT, self._ends - monotonic())

    def _begin(self) -> bytes:
        try:
            return _HELLO + self._events(self._first)
        finally:
            self._feed.release()

    def _news(self) -> bytes:
        self._woken.clear()
        if self._closed:
            return b""
        try:
            page = self.timeline.arrived(after=self._mark, overlap=self._feed.overlap)
            self._mark = page.mark
            return self._events(page) or _SILENCE
        finally:
            self._feed.release()

    def _events(self, page: Page[Activity]) -> bytes:
        return b"".join(_event(page.mark, self._rendered(activity)) for activity in self._seen.new(page))

    def _fail(self, error: ActivityLogError) -> None:
        _logger.warning("live entries: a stream ended (%s)", type(error).__name__)


_SILENCE: Final = b":\n\n"
_HELLO: Final = b"retry: 3000\n\n"


def _event(id: str, text: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return f"id: {id}\n{lines}\n".encode()
