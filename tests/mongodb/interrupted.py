"""A process that makes one call of the port, and sends itself a signal before one of the commands of this call."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from attrs import evolve
from pymongo import monitoring

from activitylog.errors import StorageError
from activitylog.storage import Field, In, Record, Storage
from activitylog.testing.contract.samples import newer, query, record
from activitylog_mongo import open_storage

MANY = 5


class Interrupt(monitoring.CommandListener):
    """Counts the commands of the call once it is armed, and not those of the thread that keeps the lease."""

    left = 0

    def started(self, event: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), self.number)

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


def given() -> list[tuple[Record, list[Record]]]:
    """The entries that are there before, each with a version that was replaced."""
    first = [record(number, number, type="mail", idempotency_key=f"known {number}") for number in range(1, MANY + 1)]
    return [(newer(each, title="as it was"), [each]) for each in first]


def batch() -> list[Record]:
    """New entries, two of which are known already."""
    new = [record(100 + number, number, idempotency_key=f"new {number}", title="batch") for number in range(MANY)]
    known = [record(200 + number, idempotency_key=f"known {number}") for number in (1, 2)]
    return [*new[:3], *known, *new[3:]]


def loaded() -> list[tuple[Record, list[Record]]]:
    """New entries with versions, and one that is there."""
    first = [record(300 + number, number) for number in range(MANY)]
    return [*((newer(each, title="loaded"), [each]) for each in first), given()[0]]


def erased() -> list[tuple[Record, list[Record]]]:
    """The entries that are there, without their key and their words."""
    return [
        (evolve(current, title="erased", idempotency_key=None), [evolve(each, title="") for each in earlier])
        for current, earlier in given()[:3]
    ]


CALLS: dict[str, Callable[[Storage], object]] = {
    "append": lambda storage: storage.append(batch()),
    "load": lambda storage: storage.load(loaded()),
    "rewrite": lambda storage: storage.rewrite(erased()),
    "delete": lambda storage: storage.delete(query(where=In(Field.TYPE, ["mail"])), limit=3),
    "replace": lambda storage: storage.replace(newer(given()[0][0], title="replaced"), expected_version=2),
}


def main(url: str, call: str, command: int, number: int) -> None:
    """Make the call; say how it ended, if it does."""
    interrupt = Interrupt()
    interrupt.number = signal.Signals(number)
    monitoring.register(interrupt)
    storage = open_storage(url)
    storage.fetch(query())
    print("ready", flush=True)
    sys.stdin.readline()
    interrupt.left = command
    try:
        CALLS[call](storage)
    except StorageError as error:
        print(type(error).__name__, error.retry, flush=True)
    else:
        print("done", flush=True)
    storage.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
