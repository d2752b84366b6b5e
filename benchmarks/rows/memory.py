"""The most memory that a process takes above what the import of the library takes."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measure import Timing

__all__ = ["peak"]


def peak(program: str, url: str, tenant: str, *, rounds: int) -> Timing:
    """Run a program on a ``log`` in processes of its own; return the peak of their memory in MB above the import."""
    return Timing.of([_run(program, url, tenant) for _ in range(rounds)])


def _run(program: str, url: str, tenant: str) -> float:
    whole = _BEFORE + program + _AFTER
    run = subprocess.run([sys.executable, "-c", whole, url, tenant], capture_output=True, text=True, check=True)
    return float(run.stdout) / 1024


_BEFORE = """
import re, sys
from pathlib import Path
from activitylog import ActivityLog

def most():  # a process inherits the peak that getrusage gives
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1])
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

imported = most()
log = ActivityLog(sys.argv[1], tenant=sys.argv[2])
"""
_AFTER = """
print(most() - imported)
"""
