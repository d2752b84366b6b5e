"""A process that executes a plan; it prints how far it is and how much memory it took, and is killed or ends."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from activitylog import ActivityLog, Actor, TypeRegistry


def main(url: str, plan: str) -> None:
    """Execute the plan from where it is."""
    types = TypeRegistry()
    types.define("call", channel="phone", manual=True)
    log = ActivityLog(url, types=types, actor=Actor.system("campaign"))
    log.plans.resume(plan).execute(progress=lambda done, total: print(done, total, flush=True))
    # Not by getrusage, which counts what the parent had in memory when it forked.
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print("peak", int(peak) // 1024, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
