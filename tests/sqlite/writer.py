"""A process that writes through the storage port, and prints what was acknowledged; it may be killed at any time."""

from __future__ import annotations

import random
import sys
from uuid import UUID

from activitylog.storage import Record
from activitylog.testing.contract.samples import record
from activitylog_sql import open_storage


def main(url: str, writer: int, many: int, batch: int) -> None:
    """Write ``many`` entries, in batches, one in ten under a key that other writers use as well."""
    storage = open_storage(url)
    chance = random.Random(writer)
    print("ready", flush=True)
    sys.stdin.readline()
    for start in range(0, many, batch):
        entries = [entry(writer, number, chance) for number in range(start, start + batch)]
        answers = storage.append(entries)
        lines = [
            f"{answer.id} {answer.created:d} {one.idempotency_key}"
            for answer, one in zip(answers, entries, strict=True)
        ]
        print("\n".join(lines), flush=True)
    storage.close()


def entry(writer: int, number: int, chance: random.Random) -> Record:
    """Return an entry of this writer's; entries of one key have one content."""
    shared = number % 10 == 0
    key = f"shared {chance.randrange(200)}" if shared else f"{writer} {number}"
    title = f"batch {writer} {number}"
    return record(UUID(int=(writer + 1) << 64 | number), title=title, idempotency_key=key, digest=key)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
