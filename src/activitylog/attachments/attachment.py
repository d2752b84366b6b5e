"""A file of an entry: what is known of it, and before it is kept, where its content comes from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from attrs import field, frozen
from uuid_utils.compat import uuid7

from activitylog.attachments.names import FALLBACK, checked_media_type, guessed_media_type, safe_filename
from activitylog.attachments.source import Source
from activitylog.limits import LABEL, checked_text
from activitylog.storage import File

__all__ = ["Attachment"]


@frozen(init=False)
class Attachment:
    """A file of an entry.

    It is read when it is recorded, once: recording the same attachment again needs no second stream.

    Args:
        file: a path, bytes, a readable binary stream, or an upload of werkzeug's (Flask) or Django's.
        name: as people gave it, also with a path or in any script, up to 500 bytes; by default the file's own.
        media_type: such as ``application/pdf``; by default what the upload says, else guessed by the name.

    Attributes:
        id: of this file in its entry.
        size: of the content in bytes, and ``sha256`` its hexadecimal digest: 0 and empty until it is kept.

    Raises:
        InvalidInput: the name or the media type does not fit, or it is nothing that can be read.
    """

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    source: Source | None = field(default=None, eq=False, repr=False)
    """Where the content of a new one comes from."""

    def __init__(self, file: Any, *, name: str = "", media_type: str = "") -> None:
        source = Source(file)
        shown = checked_text("name", name or source.name, LABEL) or FALLBACK
        known = checked_media_type(media_type) if media_type else guessed_media_type(source.media_type, shown)
        self.__attrs_init__(uuid7(), shown, known, 0, "", source)

    @classmethod
    def of_file(cls, file: File) -> Attachment:
        """Return the attachment that an entry keeps."""
        found = cls.__new__(cls)
        found.__attrs_init__(file.id, file.name, file.media_type, file.size, file.sha256)
        return found

    @property
    def filename(self) -> str:
        """The name made safe for a disk or a download header: no folders, nothing that any system reserves."""
        return safe_filename(self.name)
