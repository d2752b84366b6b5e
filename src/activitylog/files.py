"""Files of entries: ``log.files``."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any
from uuid import UUID

from activitylog.activity import ActivityLike
from activitylog.attachments import Attachment, Owner
from activitylog.call import Call
from activitylog.draft import checked_id
from activitylog.errors import InvalidInput
from activitylog.handling import attached, detached, file_of, handle

__all__ = ["Files"]


class Files:
    """Adds, opens and removes the files of entries. Each addition and removal is a version of the entry.

    A content is kept once per tenant, however many entries have it, until the last of them has it no more.
    """

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call

    def add(self, a: ActivityLike, file: Any, *, name: str = "", media_type: str = "", comment: str = "") -> Attachment:
        """Attach a file to an entry, and return it as it is kept; arguments as of ``Attachment``, or one itself.

        An ``Attachment`` that the entry has already is not added twice.

        Raises:
            InvalidInput: it cannot be read to its end, is too large, or of a media type that is not taken; or the entry
                has 100 files.
            Immutable: the entry is deleted.
            ActivityNotFound: there is no such entry.
            StorageUnavailable: the place of files cannot be used.
        """
        call, id = self._call(), checked_id("a", a)
        attachment = _attachment(file, name, media_type)
        call.door.editable(id)
        with call.contents.of(call.tenant).kept(call.store, [attachment]) as kept:
            [added] = kept.files([attachment])
            kept.own(call.store, [(Owner.entry(id), [added])])
            handle(call, id, "attached", attached(added), comment=comment)
        return Attachment.of_file(added)

    def open(self, a: ActivityLike, attachment: Attachment | UUID | str) -> IO[bytes]:
        """Return the content of a file of an entry, to read; never more than a part of it is in memory.

        Raises:
            InvalidInput: the entry has no such file.
            ActivityNotFound: there is no such entry.
            StorageError: the content is not there, or the place of files cannot be used.
        """
        call = self._call()
        record = call.door.whole(checked_id("a", a))
        return call.contents.of(call.tenant).open(file_of(record, _id(attachment)))

    def remove(self, a: ActivityLike, attachment: Attachment | UUID | str, *, comment: str = "") -> None:
        """Take a file from an entry; its content goes when nothing else has it. The entry's history keeps the name.

        Raises:
            InvalidInput: the entry has no such file.
            Immutable: the entry is deleted.
            ActivityNotFound: there is no such entry.
        """
        call, id = self._call(), checked_id("a", a)
        gone = file_of(call.door.editable(id), _id(attachment))
        handle(call, id, "detached", detached(gone.id), comment=comment)
        call.contents.of(call.tenant).release(call.store, [gone.sha256])

    def sweep(self) -> int:
        """Remove what broken-off writers left in this tenant's place, and return how many files that were.

        Nothing goes that an entry has, or that was added or renewed within the last hour by a writer who has not
        finished. Safe at any time, also while others write.

        Raises:
            StorageError: the store or the place of files failed; what went so far is gone.
        """
        call = self._call().trusted("files.sweep")
        return call.contents.of(call.tenant).sweep()


def _attachment(file: Any, name: str, media_type: str) -> Attachment:
    if not isinstance(file, Attachment):
        return Attachment(file, name=name, media_type=media_type)
    if name or media_type:
        raise InvalidInput("name" if name else "media_type", "the Attachment says it already")
    return file


def _id(attachment: Any) -> UUID:
    found = getattr(attachment, "id", attachment) if not isinstance(attachment, str) else attachment
    try:
        return found if isinstance(found, UUID) else UUID(found)
    except (ValueError, TypeError, AttributeError):
        raise InvalidInput("attachment", "an Attachment of the activity, or its id, is expected") from None
