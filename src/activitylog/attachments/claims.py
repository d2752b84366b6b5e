"""Who is about to add a content, and who is about to remove it: each says so by a mark beside the contents.

Both write their mark first and look for the other's then, so that one of them sees the other at least. Who removes
gives way; who adds waits for the removal to end. A mark is as old as its name says, by the clocks of those who write
them, which may differ by minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Final
from uuid import uuid4

from attrs import frozen

from activitylog.attachments.place import Place
from activitylog.errors import WriteConflict

__all__ = ["GRACE", "Claims", "Stamp"]

GRACE: Final = timedelta(hours=1)
"""For so long a content that is being added is left alone, and each time its writer is heard of."""
REMOVAL: Final = timedelta(minutes=5)
"""After so long a remover counts as dead."""
HASTE: Final = timedelta(minutes=1)
"""A remover that takes longer than that gives up, long before it counts as dead."""
PAUSE: Final = 0.05
ATTEMPTS: Final = 200
_MILLISECOND: Final = timedelta(milliseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class Stamp:
    """The name of a mark, or of a content on its way: of which content, and from when."""

    sha256: str
    at: datetime
    name: str

    @classmethod
    def new(cls, sha256: str, at: datetime, kind: str) -> Stamp:
        """Return a name that nobody else has."""
        return cls(sha256, at, f"{sha256}.{(at - _EPOCH) // _MILLISECOND}-{uuid4().hex}.{kind}")

    @classmethod
    def of_name(cls, name: str) -> Stamp | None:
        """Return what a name tells, or None where it is not ours."""
        parts = name.split(".")
        time = parts[1].partition("-")[0] if len(parts) == 3 else ""
        if not (time.isascii() and time.isdigit() and len(time) < 15):
            return None
        return cls(parts[0], _EPOCH + int(time) * _MILLISECOND, name)


@frozen
class Claims:
    """The marks of one tenant's contents."""

    _place: Place
    _folder: str
    _present: Callable[[], datetime]

    def claim(self, sha256: str) -> Stamp:
        """Say that a content is being added."""
        return self._marked(sha256, "claim")

    def renewed(self, claim: Stamp) -> Stamp:
        """Return a claim that is young: the same, or after some time another in its place."""
        if self._present() - claim.at < GRACE / 4:
            return claim
        younger = self.claim(claim.sha256)
        self.withdraw(claim)
        return younger

    def withdraw(self, mark: Stamp) -> None:
        """Take a mark back."""
        self._place.remove(self._path(mark))

    def await_removal(self, sha256: str) -> None:
        """Return when nobody is about to remove the content.

        Raises:
            WriteConflict: somebody still is, after ten seconds.
        """
        for _ in range(ATTEMPTS):
            if not self._young(sha256, "removal", REMOVAL):
                return
            sleep(PAUSE)
        raise WriteConflict("the same content is being removed by another process; try again in some minutes")

    def claimed(self, sha256: str) -> bool:
        """Tell whether somebody is adding the content."""
        return self._young(sha256, "claim", GRACE)

    def removal(self, sha256: str) -> Stamp:
        """Say that a content is being removed."""
        return self._marked(sha256, "removal")

    def in_time(self, removal: Stamp) -> bool:
        """Tell whether a removal may still go on."""
        return self._present() - removal.at < HASTE

    def sweep(self) -> None:
        """Remove the marks that mean nothing any more."""
        for part in self._place.names(self._folder):
            for name in self._place.names(f"{self._folder}/{part}"):
                mark = Stamp.of_name(name)
                if mark is not None and self._present() - mark.at >= GRACE:
                    self.withdraw(mark)

    def _marked(self, sha256: str, kind: str) -> Stamp:
        mark = Stamp.new(sha256, self._present(), kind)
        self._place.write(self._path(mark), ())
        return mark

    def _young(self, sha256: str, kind: str, age: timedelta) -> bool:
        marks = map(Stamp.of_name, self._place.names(f"{self._folder}/{sha256[:2]}"))
        return any(
            mark.sha256 == sha256 and mark.name.endswith(f".{kind}") and self._present() - mark.at < age
            for mark in marks
            if mark is not None
        )

    def _path(self, mark: Stamp) -> str:
        return f"{self._folder}/{mark.sha256[:2]}/{mark.name}"
