"""Names and media types of files: kept as people gave them, and made safe where a disk or a browser is to see them."""

from __future__ import annotations

import re
import unicodedata
from mimetypes import guess_type
from typing import Any, Final

from activitylog.errors import InvalidInput

__all__ = ["checked_media_type", "guessed_media_type", "safe_filename"]

FILENAME: Final = 150
"""Bytes of a safe name."""
EXTENSION: Final = 20
"""Bytes of what is kept of a name after its last dot, when it is cut."""
FALLBACK: Final = "file"
UNKNOWN: Final = "application/octet-stream"

_SEPARATORS: Final = re.compile(r"[/\\]")
_RESERVED: Final = frozenset('<>:"|?*%;')
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are not shown, or that turn what is shown around."""
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|\Z)", re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")


def safe_filename(name: str) -> str:
    """Return a name that any disk and any download header takes, of at most 150 bytes, never empty.

    What stands before the last slash or backslash is left out; of a long name the end is cut, not the extension.
    """
    last = next((part for part in reversed(_SEPARATORS.split(name)) if part.strip(" .")), "")
    text = unicodedata.normalize("NFC", last)
    shown = "".join("_" if c in _RESERVED or unicodedata.category(c) in _UNSEEN else c for c in text).strip(" .")
    if _DEVICE.match(shown):
        shown = f"_{shown}"  # Windows takes these for devices, with any extension
    return _cut(shown) or FALLBACK


def _cut(name: str) -> str:
    if len(name.encode()) <= FILENAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > EXTENSION:
        stem, dot, extension = name, "", ""
    room = FILENAME - len(f"{dot}{extension}".encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + dot + extension


def checked_media_type(value: Any) -> str:
    """Return a media type in lower case, without parameters.

    Raises:
        InvalidInput: it is none.
    """
    found = value.strip().lower() if isinstance(value, str) else ""
    if not _MEDIA_TYPE.fullmatch(found):
        raise InvalidInput("media_type", "a media type such as 'application/pdf' is expected, without parameters")
    return found


def guessed_media_type(told: str, name: str) -> str:
    """Return what an upload says of itself, if that is a media type, else what its name suggests."""
    found = told.partition(";")[0].strip().lower()
    return found if _MEDIA_TYPE.fullmatch(found) else guess_type(name)[0] or UNKNOWN
