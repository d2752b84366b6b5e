"""Where the content of a new attachment comes from: read once, into a place of its own, before anything is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from inspect import iscoroutine
from pathlib import Path
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any, Final
from weakref import finalize

from activitylog.errors import ActivityLogError, InvalidInput, StorageUnavailable

__all__ = ["Source", "Spool"]

CHUNK: Final = 1_000_000
"""Bytes that are held in memory at once; a smaller content never sees a disk here."""


class Spool:
    """Content that was read, counted and digested; closed with its owner."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=CHUNK)  # noqa: SIM115 -- closed when nobody has the spool any more
        self._lock = Lock()
        self._digest = sha256()
        self.size = 0
        finalize(self, self._file.close)

    @property
    def sha256(self) -> str:
        """The digest of what was read, in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Add to the content."""
        try:
            self._file.write(chunk)
        except OSError as error:
            raise StorageUnavailable("the temporary folder has no room for a file that is attached") from error
        self._digest.update(chunk)
        self.size += len(chunk)

    def chunks(self) -> Iterator[bytes]:
        """Give the content from its beginning; one reader at a time."""
        with self._lock:
            self._file.seek(0)
            while chunk := self._file.read(CHUNK):
                yield chunk


class Source:
    """What the host gave: a path, bytes, a binary stream, or an upload of werkzeug's or Django's.

    Attributes:
        name: the thing's own, or an empty text.
        media_type: what an upload says of itself, or an empty text.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self._lock = Lock()
        self._spool: Spool | None = None
        self._begun = False
        if not (_is_path(file) or _is_bytes(file) or _readable(file)):
            raise InvalidInput(
                "file", f"a path, bytes, a readable binary stream or an upload is expected, not {type(file).__name__}"
            )
        self.name = _own_name(file)
        told = getattr(file, "mimetype", None) or getattr(file, "content_type", None)
        self.media_type = told if isinstance(told, str) else ""

    def spooled(self, max_size: int) -> Spool:
        """Return the content, read when this is first asked.

        Raises:
            InvalidInput: it cannot be read to its end, gives no bytes, or is larger than that.
        """
        with self._lock:
            if self._spool is None:
                self._spool = self._read(max_size)
            _check_size(self._spool.size, max_size)
            return self._spool

    def _read(self, max_size: int) -> Spool:
        if self._begun and not (_is_path(self._file) or _is_bytes(self._file)):
            raise InvalidInput("file", "a stream that was not read to its end cannot be read again; give a new one")
        self._begun = True
        spool = Spool()
        try:
            for chunk in _chunks(self._file):
                spool.write(_checked(chunk))
                _check_size(spool.size, max_size)
        except ActivityLogError:
            raise
        except (FileNotFoundError, IsADirectoryError) as error:
            raise InvalidInput("file", "there is no file at this path; a text's content is given as bytes") from error
        except Exception as error:
            raise InvalidInput(
                "file", f"it cannot be read to its end ({type(error).__name__}); nothing of it was kept"
            ) from error
        return spool


def _is_path(file: Any) -> bool:
    return isinstance(file, str | os.PathLike)


def _is_bytes(file: Any) -> bool:
    return isinstance(file, bytes | bytearray | memoryview)


def _readable(file: Any) -> bool:
    return any(callable(getattr(file, way, None)) for way in ("read", "chunks"))


def _own_name(file: Any) -> str:
    if hasattr(file, "filename"):  # the `name` of werkzeug's uploads is that of the form's field
        return file.filename if isinstance(file.filename, str) else ""
    name = os.fsdecode(file) if _is_path(file) else getattr(file, "name", None)
    if not isinstance(name, str) or name.startswith("<"):
        return ""
    return name if callable(getattr(file, "chunks", None)) else Path(name).name  # the server's folders are its own


def _chunks(file: Any) -> Iterator[Any]:
    if _is_path(file):
        with Path(os.fsdecode(file)).open("rb") as opened:
            yield from _parts(opened)
    elif _is_bytes(file):
        view = memoryview(file).cast("B")
        yield from (bytes(view[start : start + CHUNK]) for start in range(0, len(view), CHUNK))
    elif callable(getattr(file, "chunks", None)):
        yield from file.chunks()
    else:
        stream = getattr(file, "stream", None)
        if stream is not None:
            stream.seek(0)  # an upload is attached whole, also where the host has looked at its beginning
        yield from _parts(file if stream is None else stream)


def _parts(stream: Any) -> Iterator[Any]:
    while True:
        chunk = stream.read(CHUNK)
        yield chunk
        if not chunk:
            return


def _checked(chunk: Any) -> bytes:
    if _is_bytes(chunk):
        return bytes(chunk)
    if isinstance(chunk, str):
        raise InvalidInput("file", "it is a text stream: open it in binary mode, or encode the text")
    if iscoroutine(chunk):
        chunk.close()
        raise InvalidInput("file", "it is read asynchronously: give the plain file within, such as upload.file")
    raise InvalidInput("file", f"it gives {type(chunk).__name__} where bytes are expected")


def _check_size(size: int, max_size: int) -> None:
    if size > max_size:
        raise InvalidInput("file", f"it is larger than {max_size:,} bytes: FileStore(max_size=…) sets the limit")
