"""A process that records; it prints the id and the key of each acknowledged activity, and is killed or ends."""

from __future__ import annotations

import random
import sys

from activitylog import ActivityLog, Actor, Draft, TypeRegistry


def main(url: str, seed: int, many: int, batch: int, percent: int) -> None:
    """Record ``many`` activities, some percent under keys that others use too, one by one or in batches."""
    types = TypeRegistry()
    types.define("call")
    log = ActivityLog(url, types=types, actor=Actor.system(f"writer {seed}"))
    chance = random.Random(seed)
    for start in range(0, many, batch):
        keys = [
            f"shared {chance.randrange(many // 10)}" if chance.randrange(100) < percent else f"{seed} {number}"
            for number in range(start, min(start + batch, many))
        ]
        drafts = [
            Draft(
                "call",
                f"contact:{chance.randrange(50)}",
                title=f"{seed} {start}",
                idempotency_key=key,
                on_repeat="first",
            )
            for key in keys
        ]
        lines = [f"{entry.id} {entry.created} {key}" for entry, key in zip(log.record_many(drafts), keys, strict=True)]
        print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
