"""Entries written to a file before they are purged: gzipped JSON lines, as ``activitylog export`` writes them.

Each part is a whole gzip member, on the disk before its entries go. A file of an earlier run is gone on with: what a
killed one left unfinished at its end is cut off, for its entries were not purged yet.
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import IO, Any, Final

from attrs import frozen

from activitylog.errors import InvalidInput, StorageError
from activitylog.exported import HEADER, entry_line
from activitylog.storage import Versioned

__all__ = ["PurgeExport", "opened"]

_CHUNK: Final = 1 << 16
_GZIP: Final = 31


@frozen
class PurgeExport:
    """Where purged entries are written."""

    _file: IO[bytes]

    def write(self, entries: Iterable[Versioned]) -> None:
        """Write entries with their versions, and see them on the disk.

        Raises:
            StorageError: that failed; none of them may be purged.
        """
        self._append(b"".join(map(entry_line, entries)))

    def begin(self) -> None:
        """Write what a file of an export begins with."""
        self._append(HEADER)

    def _append(self, lines: bytes) -> None:
        try:
            self._file.write(gzip.compress(lines, mtime=0))
            if flush := getattr(self._file, "flush", None):
                flush()
            _sync(self._file)
        except (OSError, ValueError) as error:  # a stream that is closed
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise StorageError(f"the export cannot be written ({reason}); what it lacks was not purged") from error


@contextmanager
def opened(export: Any) -> Iterator[PurgeExport | None]:
    """Give the export to a path or a binary stream, or None where there is to be none.

    Raises:
        InvalidInput: it is neither, cannot be opened, or there is a file that is no gzip file.
    """
    if export is None:
        yield None
    elif isinstance(export, str | os.PathLike):
        with _file(Path(export)) as file:
            yield _begun(file)
    elif callable(getattr(export, "write", None)) and not isinstance(export, io.TextIOBase):
        yield _begun(export)
    else:
        raise InvalidInput("export", f"a path or a binary stream is expected, not {type(export).__name__}")


def _begun(file: IO[bytes]) -> PurgeExport:
    export = PurgeExport(file)
    export.begin()
    return export


def _sync(file: IO[bytes]) -> None:
    """See a file on the disk; other streams have none."""
    try:
        descriptor = file.fileno()
    except (AttributeError, OSError):
        return
    if S_ISREG(os.fstat(descriptor).st_mode):
        os.fsync(descriptor)


def _file(path: Path) -> IO[bytes]:
    try:
        file = path.open("r+b" if path.exists() else "x+b")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name holds a NUL character"
        raise InvalidInput("export", f"the file cannot be written: {reason}") from error
    try:
        end = _whole(file)
        file.truncate(end)
        file.seek(end)
    except BaseException:
        file.close()
        raise
    return file


def _whole(file: IO[bytes]) -> int:
    """Return where the last whole gzip member of a file ends."""
    end = read = 0
    member = zlib.decompressobj(_GZIP)
    while chunk := file.read(_CHUNK):
        read += len(chunk)
        while chunk:
            try:
                member.decompress(chunk)
            except zlib.error:
                raise InvalidInput("export", "there is a file that is no gzip file, or damaged: name another") from None
            chunk = member.unused_data
            if member.eof:
                end = read - len(chunk)
                member = zlib.decompressobj(_GZIP)
    return end
