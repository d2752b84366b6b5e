"""The folder in which contents lie, here or elsewhere: the one place that speaks with fsspec, and maps its errors."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Final, cast

from activitylog.attachments.file_store import FileStore
from activitylog.errors import ActivityLogError, InvalidInput, MissingExtra, StorageError, StorageUnavailable

__all__ = ["Place"]

BLOCK: Final = 5_242_880
"""Bytes that are read or sent at once: the least that S3 takes as a part."""
_LASTING: Final = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR}


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except ActivityLogError:
        raise
    except FileNotFoundError as error:
        raise StorageUnavailable("the place of files is not there: make the bucket, or the folder there") from error
    except Exception as error:
        lasting = isinstance(error, PermissionError) or (isinstance(error, OSError) and error.errno in _LASTING)
        raise StorageUnavailable(
            f"the place of files cannot be used ({type(error).__name__}): look at the cause, mend it, try again",
            retry=not lasting,
        ) from error


class Place:
    """A folder; names in it are joined by slashes. Opened once, by each process that uses it."""

    def __init__(self, where: FileStore) -> None:
        try:
            from fsspec.core import url_to_fs  # type: ignore[import-untyped]
        except ImportError as error:
            raise MissingExtra("files", "keeping files") from error
        try:
            # What a driver remembers of a folder would hide what other processes put there.
            self._fs, self._root = url_to_fs(
                where.url, use_listings_cache=False, skip_instance_cache=True, **where.options
            )
        except ImportError as error:
            raise InvalidInput("files", f"a driver of fsspec is not installed: {error}") from error
        except Exception as error:
            raise InvalidInput("files", f"no driver of fsspec opens it ({type(error).__name__})") from error
        self.process = os.getpid()

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write a file, part by part."""
        with _mapped(), self._opened(path) as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            with suppress(io.UnsupportedOperation, AttributeError):  # only what lies on a disk of ours has a number
                os.fsync(file.fileno())

    def _opened(self, path: str) -> Any:
        try:
            return self._fs.open(self._full(path), "wb", block_size=BLOCK)
        except FileNotFoundError:
            self._make_folders(path)
            return self._fs.open(self._full(path), "wb", block_size=BLOCK)

    def move(self, path: str, to: str) -> None:
        """Give a file its final name; where another writer was as quick with the same content, that is fine too."""
        with _mapped():
            self._make_folders(to)
            size = self.size(path)
            try:
                self._fs.mv(self._full(path), self._full(to))
            except FileExistsError:  # some systems do not replace
                if self.size(to) != size:
                    raise
                self.remove(path)

    def size(self, path: str) -> int | None:
        """Return the size of a file, or None where there is none."""
        with _mapped():
            try:
                return int(self._fs.info(self._full(path))["size"])
            except FileNotFoundError:
                return None

    def names(self, folder: str) -> list[str]:
        """Return the names of what a folder holds, sorted; nothing where there is no such folder."""
        with _mapped():
            try:
                found = self._fs.ls(self._full(folder), detail=False)
            except FileNotFoundError:
                return []
            return sorted({each.rstrip("/").rpartition("/")[2] for each in found if each.rstrip("/")})

    def remove(self, path: str) -> bool:
        """Remove a file, and tell whether there was one."""
        with _mapped():
            if not self._fs.exists(self._full(path)):
                return False
            try:
                self._fs.rm_file(self._full(path))
            except FileNotFoundError:
                return False
            return True

    def part(self, path: str, start: int, end: int) -> bytes:
        """Return some bytes of a file."""
        with _mapped():
            try:
                return bytes(self._fs.cat_file(self._full(path), start=start, end=end))
            except FileNotFoundError as error:
                raise StorageError("the content of this file is gone") from error

    def open(self, path: str) -> IO[bytes]:
        """Return a file to read, of which never more than a part is in memory.

        Raises:
            StorageError: it is not there.
        """
        size = self.size(path)
        if size is None:
            raise StorageError("the content of this file is not there: was the place of files moved or emptied?")
        return cast("IO[bytes]", io.BufferedReader(_Content(self, path, size), BLOCK))

    def _make_folders(self, path: str) -> None:
        """Make the folders of a path: on this machine the root too, elsewhere only what is below it."""
        if "file" in self._fs.protocol:
            self._fs.makedirs(self._root, exist_ok=True)
        folder = self._root
        for name in path.split("/")[:-1]:
            folder = f"{folder}/{name}"
            with suppress(FileExistsError):
                self._fs.mkdir(folder, create_parents=False)

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"


class _Content(io.RawIOBase):
    """Reads a file by its parts, so that no driver's own object, nor its error, reaches the host."""

    def __init__(self, place: Place, path: str, size: int) -> None:
        super().__init__()
        self._place, self._path, self._size, self._at = place, path, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        found = self._part(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def readall(self) -> bytes:
        return self._part(self._size)

    def _part(self, many: int) -> bytes:
        end = min(self._at + many, self._size)
        if end <= self._at:
            return b""
        found = self._place.part(self._path, self._at, end)
        self._at += len(found)
        return found
