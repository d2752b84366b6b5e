"""The rows of metrics: over a million entries, beside the best query by hand, and what memory a process takes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from uuid_utils.compat import uuid7

from activitylog import ActivityLog
from activitylog.storage import Mention, Record
from benchmarks.measure import Row, Work, compare
from benchmarks.stores import Store

__all__ = ["metrics"]

ENTRIES, CHUNK = 1_000_000, 1_000
TENANT = "south"
START = datetime(2024, 1, 1, tzinfo=UTC)
NOTE = "Asked for a quote for the second half of the year"


def metrics(store: Store, rounds: int) -> Iterator[Row]:
    """``volume`` by week, per entry, and ``response_times``, per gap; by hand the server averages the gaps."""
    log = ActivityLog(url := store.new(), tenant=TENANT)
    log.migrate()
    chance = Random(1)
    for start in range(0, ENTRIES, CHUNK):
        log.storage.append([_entry(number, chance) for number in range(start, start + CHUNK)])
    found = log.everything().metrics()
    [row] = found.response_times()
    gaps = row.answered + row.unanswered
    floor = store.floor and store.floor(url)
    contenders: dict[str, tuple[int, dict[str, Work]]] = {
        "volume by week": (ENTRIES, {"library": lambda: _drop(found.volume("week"))}),
        f"response_times, {gaps:,} gaps": (gaps, {"library": lambda: _drop(found.response_times())}),
    }
    if floor:
        by_hand: tuple[Work, Work] = (lambda: _drop(floor.weeks(TENANT)), lambda: _drop(floor.waits(TENANT)))
        for (_, works), work in zip(contenders.values(), by_hand, strict=True):
            works["floor"] = work
    memory = f", {_memory(url)}" if floor else ""
    for name, (operations, works) in contenders.items():
        times = compare(works, operations=operations, rounds=rounds)
        yield Row(f"{name}, {ENTRIES:,} entries{memory}, {store.title}", times["library"], times.get("floor"))
    if floor:
        floor.close()
    log.close()


def _entry(number: int, chance: Random) -> Record:
    at = START + timedelta(minutes=number, milliseconds=chance.randrange(60_000))
    contact, agent = chance.randrange(20_000), chance.randrange(20)
    direction = chance.choice(("incoming", "outgoing", "incoming", "outgoing", ""))
    links = [Mention(f"contact:{contact}", f"Contact {contact}", "subject")]
    if chance.random() < 0.5:
        role = chance.choice(("subject", "parent"))
        links.append(Mention(f"company:{contact % 3000}", f"Company {contact % 3000}", role))
    return Record(
        id=uuid7(),
        tenant=TENANT,
        type="mail",
        category="communication",
        channel="email",
        direction=direction,
        conversation=f"{chance.randrange(100_000)}@example.com" if direction and chance.random() < 0.4 else "",
        occurred_at=at,
        recorded_at=at,
        actor=Mention(f"user:{agent}", f"User {agent}", "user"),
        team=f"team {agent % 5}",
        readers=("*",),
        links=tuple(links),
        note=NOTE,
    )


def _drop(_: object) -> None:
    """Want nothing of the answer."""


def _memory(url: str) -> str:
    """Return the most memory that a process of its own takes for both."""
    run = subprocess.run([sys.executable, "-c", _MEASURED, url, TENANT], capture_output=True, text=True, check=True)
    return run.stdout.strip()


_MEASURED = """
import re, sys
from pathlib import Path
from activitylog import ActivityLog
found = ActivityLog(sys.argv[1], tenant=sys.argv[2]).everything().metrics()
found.volume("week")
found.response_times("actor")
status = Path("/proc/self/status")  # a process inherits the peak that getrusage gives
peak = re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text()) if status.exists() else None
print(f"{int(peak[1]) // 1024} MB" if peak else "? MB")
"""
