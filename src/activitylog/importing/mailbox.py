"""Where messages lie: single files, folders of them, maildirs and mboxes, one inside the other."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from stat import S_ISREG
from typing import IO, Final

from attrs import frozen

from activitylog.errors import InvalidInput
from activitylog.importing.report import Unreadable

__all__ = ["Passed", "RawMessage", "messages"]

_SEPARATOR: Final = re.compile(rb"From (?:-?\s*$|.*\b\w{3} \w{3} +\d{1,2} \d{1,2}:\d{2}.*\b\d{4}\b)")
"""A line that begins a message, and not a sentence."""
_QUOTED_FROM: Final = re.compile(rb">+From ")
_DATE: Final = re.compile(rb"\w{3} \w{3} +\d{1,2} \d{1,2}:\d{2}.*")


@frozen
class RawMessage:
    """A message as it lies there: where, its bytes, and the time of its file (or of its envelope line)."""

    where: str
    raw: bytes
    at: datetime | None


@frozen
class Passed:
    """A file that is no mail."""

    where: str


def messages(path: Path) -> Iterator[RawMessage | Unreadable | Passed]:
    """Give all messages at a path: a file, or a folder with all that is in it, in the order of their names.

    Raises:
        InvalidInput: there is nothing at the path.
    """
    if not path.exists():
        raise InvalidInput("path", f"there is nothing at {path}")
    if not path.is_dir():
        yield from _of_file(path, named=True)
        return
    for folder, folders, names in os.walk(path, onerror=None):
        folders.sort()
        inside = Path(folder)
        maildir = (
            inside.name in ("cur", "new") and (inside.parent / "cur").is_dir() and (inside.parent / "new").is_dir()
        )
        for name in sorted(names):
            yield from _of_file(inside / name, named=maildir or name.lower().endswith((".eml", ".mbox")))


def _of_file(path: Path, *, named: bool) -> Iterator[RawMessage | Unreadable | Passed]:
    """Give the messages of a file that is ``named`` as mail, or begins as an mbox."""
    try:
        if not S_ISREG(path.stat().st_mode):
            yield Unreadable(str(path), "it is no regular file")
            return
        with path.open("rb") as file:
            mbox = file.read(5) == b"From "
            file.seek(0)
            if mbox:
                yield from _of_mbox(file, str(path), _changed_at(path))
            elif named:
                yield RawMessage(str(path), file.read(), _changed_at(path))
            else:
                yield Passed(str(path))
    except OSError as error:
        yield Unreadable(str(path), error.strerror or type(error).__name__)


def _changed_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (ValueError, OverflowError):
        return None


def _of_mbox(file: IO[bytes], where: str, changed_at: datetime | None) -> Iterator[RawMessage]:
    number, lines, envelope, after_blank = 0, list[bytes](), b"", True
    for line in file:
        if after_blank and _SEPARATOR.match(line):
            if number:
                yield _message(f"{where}, message {number}", lines, envelope, changed_at)
            number, lines, envelope = number + 1, [], line
        elif number:
            lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
        else:
            number, envelope = 1, line  # the first line begins a message, however its separator is written
        after_blank = not line.strip()
    yield _message(f"{where}, message {number}", lines, envelope, changed_at)


def _message(where: str, lines: list[bytes], envelope: bytes, changed_at: datetime | None) -> RawMessage:
    return RawMessage(where, b"".join(lines), _envelope_time(envelope) or changed_at)


def _envelope_time(line: bytes) -> datetime | None:
    date = _DATE.search(line)
    try:
        return parsedate_to_datetime(date[0].decode("ascii", "replace")).replace(tzinfo=UTC) if date else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
