"""A file of an entry: what is known of it, and before it is kept, where its content comes from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from attrs import field, frozen
from uuid_utils.compat import uuid7

from activitylog.storage import File

__all__ = ["Attachment"]


@frozen(init=False)
class Attachment:
    """A file of an entry.

    Args:
        file: a path, bytes, a readable binary stream, or an upload of werkzeug's (Flask) or Django's.
        name: as people gave it, also with a path or in any script; by default the file's own.
        media_type: such as ``application/pdf``; by default what the upload says, else guessed by the name.

    Attributes:
        id: of this file in its entry.
        size: of the content in bytes, and ``sha256`` its hexadecimal digest: 0 and empty until it is kept.
    """

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    _file: Any = field(default=None, eq=False, repr=False)

    def __init__(self, file: Any, *, name: str = "", media_type: str = "") -> None:
        self.__attrs_init__(uuid7(), name, media_type, 0, "", file)

    @classmethod
    def of_file(cls, file: File) -> Attachment:
        """Return the attachment that an entry keeps."""
        found = cls.__new__(cls)
        found.__attrs_init__(file.id, file.name, file.media_type, file.size, file.sha256)
        return found
