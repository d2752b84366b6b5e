"""The limits of design: sizes in UTF-8 bytes, alike on every store, checked where a value enters."""

from __future__ import annotations

from typing import Final

from activitylog.errors import InvalidInput

__all__ = [
    "ATTACHMENTS_MAX",
    "CODE",
    "COMMENT",
    "IDENTIFIER",
    "LABEL",
    "NOTE",
    "PAGE_MAX",
    "PRINCIPALS_MAX",
    "RECORD",
    "SUBJECTS_MAX",
    "TAGS_MAX",
    "TIMELINE_SUBJECTS_MAX",
    "checked_text",
    "shortened",
]

CODE: Final = 64
"""Bytes of a tenant, kind, type, status, team or channel."""
IDENTIFIER: Final = 255
"""Bytes of a ref's id, a conversation or an idempotency key."""
LABEL: Final = 500
"""Bytes of a label or a title."""
COMMENT: Final = 2_000
"""Bytes of the comment of a change, or of a user agent."""
NOTE: Final = 100_000
"""Bytes of a note."""
RECORD: Final = 1_000_000
"""Bytes of data, changes and context together with the other texts of one entry."""
PRINCIPALS_MAX: Final = 500
"""Readers, or editors, of one activity."""
TAGS_MAX: Final = 100
"""Tags of one activity."""
ATTACHMENTS_MAX: Final = 100
"""Files of one activity."""
SUBJECTS_MAX: Final = 500
"""Subjects of one activity."""
TIMELINE_SUBJECTS_MAX: Final = 100
"""Subjects of one timeline."""
PAGE_MAX: Final = 1_000
"""Entries of one page."""


def checked_text(field: str, value: object, limit: int, *, required: bool = False) -> str:
    """Return the value if it is a storable text of at most ``limit`` UTF-8 bytes.

    Raises:
        InvalidInput: it is no text, too long, empty though required, or holds NUL or a lone surrogate.
    """
    if type(value) is not str:
        if not isinstance(value, str):
            raise InvalidInput(field, f"a text is expected, not {type(value).__name__}")
        value = str.__str__(value)  # of a subclass, the text alone
    if not value:
        if required:
            raise InvalidInput(field, "must not be empty")
        return ""
    if "\0" in value:
        raise InvalidInput(field, "holds a NUL character; remove it")
    size = len(value) if value.isascii() else _utf8_size(field, value)
    if size > limit:
        raise InvalidInput(field, f"is {size:,} bytes long in UTF-8, at most {limit:,} are possible; shorten it")
    return value


def _utf8_size(field: str, value: str) -> int:
    try:
        return len(value.encode())
    except UnicodeEncodeError as error:
        raise InvalidInput(field, f"holds a lone surrogate at {error.start}; it is no Unicode text") from None


def shortened(value: str, limit: int) -> str:
    """Return the text cut to at most ``limit`` UTF-8 bytes, between characters, an ellipsis where it was cut."""
    if len(value.encode()) <= limit:
        return value
    return value.encode()[: limit - 3].decode(errors="ignore") + "…"
