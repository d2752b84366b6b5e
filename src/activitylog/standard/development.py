"""What happens in a source repository."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import frozen

from activitylog.types import TypeRegistry

__all__ = ["CommitMade", "development_types"]

development_types: Final = TypeRegistry()
"""``commit.*``."""


@development_types.activity(
    "commit.made",
    category="development",
    icon="git-commit-horizontal",
    label={"en": "Commit", "de": "Commit"},
)
@frozen(kw_only=True)
class CommitMade:
    """One commit.

    Attributes:
        hash: the commit's own, in hexadecimal.
        parents: the hashes of the commits before it; a merge has several.
        message: the whole message; the entry's title is its first line, shortened to 500 bytes.
        committed_at: when it was committed; the activity occurred when it was authored.
        committer: the address of who committed it.
        files: how many files it changed.
        added, removed: lines.
    """

    hash: str
    parents: tuple[str, ...] = ()
    message: str = ""
    committed_at: datetime | None = None
    committer: str = ""
    files: int = 0
    added: int = 0
    removed: int = 0
