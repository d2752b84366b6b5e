"""Live entries: how soon a stream has them, and what open streams cost."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter, process_time, sleep

from activitylog import Ref
from activitylog_html import LiveFeed
from benchmarks.bench import Bench
from benchmarks.facts import KIM, NOTE
from benchmarks.library import Library
from benchmarks.measure import Row, Timing

__all__ = ["live"]

_STREAMS, _IDLE = 200, 3.0


def live(bench: Bench) -> Iterator[Row]:
    """From ``record`` to the event in a stream, among 200 open ones; and what part of a processor these take idle."""
    library = Library(bench.store.new())
    log = library.log
    feed = LiveFeed(log)
    subjects = [KIM, *(Ref("contact", 100 + number) for number in range(_STREAMS - 1))]
    streams = [
        feed.stream(log.timeline(subject), last_event_id="", rendered=lambda activity: activity.note or "")
        for subject in subjects
    ]
    events = [iter(stream) for stream in streams]
    for each in events:
        next(each)
    delays = []
    for number in range(bench.rounds + 1):
        bench.tell(f"event {number}")
        start = perf_counter()
        log.record("call", KIM, note=NOTE)
        while b"data:" not in next(events[0]):
            pass
        delays.append((perf_counter() - start) * 1e3)
    yield Row(f"from record to the event, {_STREAMS} streams open", Timing.of(delays[1:]), unit="ms")
    bench.tell("idle")
    shares = []
    for _ in range(min(bench.rounds, 3)):
        before = process_time()
        sleep(_IDLE)
        shares.append((process_time() - before) / _IDLE * 100)
    yield Row(f"{_STREAMS} idle streams, of one processor", Timing.of(shares), unit="%")
    for stream in streams:
        stream.close()
    feed.close()
    library.close()
