"""Where a host wants the content of attachments to be, and what it takes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from attrs import field, frozen

from activitylog.errors import InvalidInput

__all__ = ["FileStore"]

MAX_SIZE: Final = 100_000_000
_SECRETS: Final = re.compile(r"//[^/@]*@")


def _url(value: Any) -> str:
    found = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if found == "":
        raise InvalidInput("files", "the folder's path is empty")
    if not isinstance(found, str):
        raise InvalidInput("files", f"a folder's path, a URL or a FileStore is expected, not {type(value).__name__}")
    return found


def _size(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidInput("max_size", "a positive number of bytes is expected")
    return value


def _patterns(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    listed = (value,) if isinstance(value, str) else value
    if not isinstance(listed, Iterable):
        raise InvalidInput("media_types", f"texts such as 'image/*' are expected, not {type(value).__name__}")
    found = tuple(listed)
    if not all(isinstance(pattern, str) and "/" in pattern for pattern in found):
        raise InvalidInput("media_types", "texts such as 'application/pdf' or 'image/*' are expected")
    return tuple(pattern.lower() for pattern in found)


@frozen
class FileStore:
    """A folder for the content of attachments, here or elsewhere.

    Args:
        url: a path, or a URL that a driver of fsspec serves: ``file://``, ``memory://``, ``s3://bucket/folder``, …
        max_size: of one file in bytes, by default 100,000,000.
        media_types: what may be attached, ``image/*`` for all of a kind; by default anything. It is checked against
            what the attachment says, not against the content.
        options: of the driver, such as ``key``, ``secret`` and ``endpoint_url`` of s3fs; never shown.

    Raises:
        InvalidInput: an argument does not fit.
    """

    url: str = field(converter=_url, repr=lambda url: repr(_SECRETS.sub("//***@", url)))
    max_size: int = field(default=MAX_SIZE, converter=_size, kw_only=True)
    media_types: tuple[str, ...] | None = field(default=None, converter=_patterns, kw_only=True)
    options: Mapping[str, Any] = field(factory=dict, converter=dict, repr=False, hash=False, kw_only=True)

    def check(self, media_type: str) -> None:
        """Raise where files of this media type are not taken."""
        if self.media_types is not None and not any(fnmatchcase(media_type, each) for each in self.media_types):
            raise InvalidInput(
                "media_type",
                f"{media_type!r} is not taken here; these are: {self._told()} (name= or media_type= says what it is)",
            )

    def _told(self) -> str:
        return ", ".join(self.media_types or ()) or "none"
