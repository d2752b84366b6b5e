"""Where the content of attachments is kept, once per tenant."""

from __future__ import annotations

from typing import Any

__all__ = ["Contents"]


class Contents:
    """The content of all attachments of a log."""

    def __init__(self, files: Any) -> None:
        self._files = files
