"""A process that erases the person of ``told_of_a_person``, and kills itself before its n-th write."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from activitylog import ActivityLog
from told_of_a_person import LEA, PERSON, types_of_a_person

_WRITES = ("replace", "rewrite", "delete", "put_document", "scrub")


def main(url: str, files: str, mode: str, number: int) -> None:
    """Erase; with 0 to the end, and tell how many writes that took."""
    log = ActivityLog(url, types=types_of_a_person(), actor=LEA, files=files)
    store, done = type(log.storage), 0

    def counted(write: Any) -> Any:
        def counting(*given: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return write(*given, **named)

        return counting

    for name in _WRITES:
        setattr(store, name, counted(getattr(store, name)))
    log.privacy.erase(PERSON, mode=mode)
    print(done)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
