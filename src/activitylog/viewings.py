"""Reading that is written down: who looked at whose timeline, once for each window of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

from activitylog.actors import Actor
from activitylog.call import Call
from activitylog.draft import Draft
from activitylog.payload import encoded
from activitylog.types import VIEWED
from activitylog.writing import record_all

__all__ = ["Viewings", "unnoticed"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PEOPLE: Final = ("user", "customer", "api_key")


def unnoticed(subjects: tuple[str, ...]) -> None:
    """Write nothing down: the log was not asked to."""


class Viewings:
    """Writes down who reads, before anything is shown: the viewer, or whoever acts, unless that is a program.

    A window begins at a multiple of its length since 1970; a second look within it is the same entry.
    """

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call
        self._noted: set[str] = set()

    def note(self, subjects: tuple[str, ...]) -> None:
        """Write down that these subjects are looked at; what this timeline noted in the window is not asked again.

        Raises:
            StorageError: it could not be written, and nothing is shown.
        """
        call = self._call()
        reader = _reader(call)
        if reader is None or call.settings.log_reads is None:
            return
        window = (call.now - _EPOCH) // call.settings.log_reads
        names = {_name(call, reader, subject, window): subject for subject in subjects}
        self._noted &= names.keys()  # what was noted in windows before is of no use any more
        drafts = [
            Draft(VIEWED, subject, actor=reader, idempotency_key=name, on_repeat="first")
            for name, subject in names.items()
            if name not in self._noted
        ]
        if drafts and not call.paused:
            record_all(call, drafts)
            call.store.after_commit(lambda: self._noted.update(names))


def _reader(call: Call) -> Actor | None:
    """Return who is looking; None is a program, of which nothing is written down."""
    actor = call.actor()
    if actor is not None and actor.kind in _PEOPLE:
        return actor
    if not call.is_limited or call.viewer is None:
        return None
    own = sorted(call.viewer.own)
    if not own:
        return Actor.anonymous()
    return Actor.user(own[0]) if call.viewer.internal else Actor.customer(own[0])


def _name(call: Call, reader: Actor, subject: str, window: int) -> str:
    principals = sorted(call.viewer.principals) if call.viewer is not None else []
    whose = encoded([str(reader.ref), principals, subject])
    return f"viewed:{blake2b(whose.encode(), digest_size=16).hexdigest()}:{window}"
