"""A process that applies retention; it prints how far it is, and is killed or ends."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path

from activitylog import ActivityLog, Actor, TypeRegistry, scope

SHORT = timedelta(milliseconds=1)


def types() -> TypeRegistry:
    registry = TypeRegistry()
    registry.define("login", purge_after=SHORT)
    registry.define("mail", archive_after=SHORT)
    registry.define("ping", keep=2)
    return registry


def main(url: str, tenant: str, files: str, export: str) -> None:
    """Apply it to one tenant."""
    log = ActivityLog(url, types=types(), actor=Actor.system("nightly"), files=files)
    with scope(tenant=tenant):
        log.retention.apply(export=export, progress=lambda done, total: print(done, total, flush=True))
    # Not by getrusage, which counts what the parent had in memory when it forked.
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print("peak", int(peak) // 1024, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
