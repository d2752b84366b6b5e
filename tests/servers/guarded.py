"""A process that ends with whoever started it, however that one ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

__all__ = ["Guarded"]

# The guard waits for the end of its input, which comes when the last holder of the other side is gone, and kills the
# process then. All that the process starts inherits descriptor 3: once nothing of it is left, its reader is told.
_GUARD = """
log=$1; shift
exec 3>&1 1>&2
"$@" </dev/null >>"$log" 2>&1 &
echo $! >&3
exec 3>&-
cat >/dev/null
kill -9 $!
wait
"""


class Guarded:
    """A running process, in a session of its own, so that ctrl-C does not reach it."""

    def __init__(
        self, command: Sequence[str | Path], *, log: Path, user: str | None = None, lifeline: IO[bytes] | None = None
    ) -> None:
        """Start it; its end is that of the lifeline, or of this process where none is given."""
        self._guard = subprocess.Popen(
            ["sh", "-c", _GUARD, "guard", log, *command],
            bufsize=0,
            stdin=subprocess.PIPE if lifeline is None else lifeline,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=log.parent,
            start_new_session=True,
            user=user,
            extra_groups=None if user is None else [],
        )
        self.pid = int(self._guard.stdout.readline())

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def ended(self, *, within: float) -> bool:
        """Tell whether it, and all that it started, ends within so many seconds."""
        return bool(select.select([self._guard.stdout], [], [], within)[0])

    def close(self) -> None:
        """Kill what still runs, and see that not even its number is left."""
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        else:  # the lifeline lasts, and with it the guard
            if not self.ended(within=0):
                self.signal(signal.SIGKILL)
            self._guard.kill()
        self._guard.wait()
        self._guard.stdout.close()
