"""The files of a plan's drafts: kept when it is made, its own until it is executed or undone."""

from __future__ import annotations

from contextlib import ExitStack

from activitylog.attachments import Attachment, Owner
from activitylog.call import Call
from activitylog.storage import File

__all__ = ["PlanFiles", "release"]


class PlanFiles:
    """Keeps the contents of attachments for a plan, each once; until the stack ends nobody removes them."""

    def __init__(self, call: Call, plan: str, stack: ExitStack) -> None:
        self._call = call
        self._owner = Owner.plan(plan)
        self._stack = stack
        self.digests: set[str] = set()
        """Which contents these are."""

    def kept(self, attachments: tuple[Attachment, ...]) -> tuple[File, ...]:
        """Return attachments as a record has them.

        Raises:
            InvalidInput: one cannot be read, or is not taken.
        """
        return tuple(map(self._file, dict.fromkeys(attachments)))

    def _file(self, attachment: Attachment) -> File:
        if attachment.sha256 in self.digests:
            return File(attachment.id, attachment.name, attachment.media_type, attachment.size, attachment.sha256)
        shelf = self._call.contents.of(self._call.tenant)
        kept = self._stack.enter_context(shelf.kept(self._call.store, [attachment]))
        [file] = kept.files([attachment])
        kept.own(self._call.store, [(self._owner, [file])])
        self.digests.add(file.sha256)
        return file


def release(call: Call, digests: tuple[str, ...]) -> None:
    """Remove contents that a plan needs no more, unless something else owns them."""
    call.contents.of(call.tenant).release(call.store, digests)
