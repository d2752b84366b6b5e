"""A process that sets the status of a subject again and again; it prints each status that it set."""

from __future__ import annotations

import sys

from activitylog import ActivityLog, Actor, Status, TypeRegistry
from activitylog.errors import TransitionNotAllowed

NEXT = {"a": "b", "b": "c", "c": "a"}


def main(url: str, subject: str, times: int) -> None:
    """Go on from whatever status is there; where another was faster, the turn is lost."""
    types = TypeRegistry()
    types.define("ring", of_subject=True, statuses={name: Status(to=after) for name, after in NEXT.items()})
    log = ActivityLog(url, types=types, actor=Actor.system("setter"))
    for _ in range(times):
        status = NEXT[log.subjects.status(subject, "ring")]
        try:
            if log.subjects.set_status(subject, "ring", status).created:
                print(status)
        except TransitionNotAllowed:
            continue
    log.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
