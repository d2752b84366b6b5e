"""Processes that work on one log: one that dies between a file and its entry, one that goes on until it is killed, one
that does as it is told.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from itertools import count

from activitylog import ActivityLog, Actor, Attachment, TypeRegistry


def opened(url: str, folder: str) -> ActivityLog:
    types = TypeRegistry()
    types.define("call", manual=True)
    return ActivityLog(url, types=types, actor=Actor.system("writer"), files=folder)


def die_before_the_entry(log: ActivityLog) -> None:
    """Record a file, and be killed when its entry is to be appended."""
    type(log.storage).append = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    log.record("call", "contact:1", attachments=[Attachment(b"stray")])


def die_while_reading(log: ActivityLog) -> None:
    """Be killed while the content comes in."""

    class Dying:
        def chunks(self) -> Iterator[bytes]:
            yield b"x" * 3_000_000
            os.kill(os.getpid(), signal.SIGKILL)

    log.record("call", "contact:1", attachments=[Attachment(Dying(), name="x")])


def go_on(log: ActivityLog) -> None:
    """Record files, remove some of them again, and say what was done."""
    for number in count():
        content = f"content {number % 7}".encode() * 10_000
        entry = log.record("call", "contact:1", attachments=[Attachment(content, name=str(number))])
        print("recorded", entry.id, flush=True)
        if number % 3 == 0:
            log.files.remove(entry, entry.attachments[0])


def obey(log: ActivityLog) -> None:
    """Read commands, each an entry and what to do: to add a content, or to remove an attachment."""
    for line in sys.stdin:
        entry, command, what = line.split()
        if command == "add":
            print(log.files.add(entry, what.encode()).id, flush=True)
        else:
            log.files.remove(entry, what)
            print("removed", flush=True)


if __name__ == "__main__":
    work = {each.__name__: each for each in (die_before_the_entry, die_while_reading, go_on, obey)}[sys.argv[1]]
    work(opened(sys.argv[2], sys.argv[3]))
