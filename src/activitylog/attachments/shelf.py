"""The contents of one tenant: kept before what owns them is written, removed when nothing owns them any more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import IO, Final
from uuid import UUID

from attrs import field, frozen

from activitylog.attachments.attachment import Attachment
from activitylog.attachments.claims import GRACE, Claims, Stamp
from activitylog.attachments.file_store import FileStore
from activitylog.attachments.owners import Owner, add_owners, owned, surely_owned
from activitylog.attachments.place import Place
from activitylog.attachments.source import Source
from activitylog.errors import InvalidInput, StorageError
from activitylog.storage import File, Storage

__all__ = ["Kept", "Shelf"]

_logger = logging.getLogger("activitylog")
_DIGEST: Final = 64


@contextmanager
def _left_to_sweep() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        _logger.warning("contents could not be removed (%s): log.files.sweep() will", type(error).__name__)


@frozen(eq=False)
class Kept:
    """Contents that are kept, and claimed until what owns them is committed."""

    _tenant: str
    _files: dict[UUID, File]

    def files(self, attachments: Iterable[Attachment]) -> tuple[File, ...]:
        """Return attachments as a record has them, each once."""
        return tuple(dict.fromkeys(self._files[attachment.id] for attachment in attachments))

    def own(self, store: Storage, owners: Iterable[tuple[Owner, Iterable[File]]]) -> None:
        """Write down who will own which files; to be done before the owner itself is written."""
        add_owners(store, self._tenant, ((file.sha256, owner) for owner, files in owners for file in files))


@frozen
class Shelf:
    """The contents of one tenant, in a folder of its own."""

    _place: Place
    _folder: str
    _where: FileStore
    _store: Storage
    """Of the log, outside of any transaction: who owns what is asked of what is committed."""
    _tenant: str
    _present: Callable[[], datetime]
    _claims: Claims = field(init=False)

    @_claims.default
    def _own_claims(self) -> Claims:
        return Claims(self._place, f"{self._folder}/marks", self._present)

    @contextmanager
    def kept(self, store: Storage, attachments: Iterable[Attachment]) -> Iterator[Kept]:
        """Keep the contents of attachments while, within, their owners are written to ``store``.

        First say by ``own`` who that will be. Afterwards, once ``store`` has committed, what proves to be owned by
        nobody is removed; where the store failed, so that this cannot be known yet, ``sweep`` finds it later.

        Raises:
            InvalidInput: one cannot be read, is too large, or of a media type that is not taken.
            StorageError: the place of files failed.
        """
        files = {attachment.id: self._file(attachment) for attachment in attachments}
        sources = {files[attachment.id].sha256: attachment.source for attachment in attachments}
        claims: dict[str, Stamp] = {}
        try:
            self._add(sources, claims)
        except BaseException:
            self._end(claims, claims.keys())  # nothing was written yet that could own them
            raise
        try:
            yield Kept(self._tenant, files)
        except StorageError:
            raise
        except Exception:
            store.after_commit(partial(self._end, claims, claims.keys()))
            raise
        store.after_commit(partial(self._end, claims, ()))

    def release(self, store: Storage, digests: Iterable[str]) -> None:
        """Remove, of these contents, those that nothing owns, once ``store`` has committed.

        What cannot be removed then is left to ``sweep``.
        """
        store.after_commit(partial(self._end, {}, frozenset(digests)))

    def remove(self, digests: Collection[str]) -> int:
        """Remove now, of these contents, those that nothing owns, and return how many these were.

        What cannot be removed is left to ``sweep``; a line of Python's log tells of what is not there at all.
        """
        removed = missing = 0
        with _left_to_sweep():
            for digest in digests:
                missing += self._place.size(self._content(digest)) is None
                removed += self._removed(digest)
        if missing:
            _logger.warning("%d contents to be removed are not in the place of files: is it another one?", missing)
        return removed

    def open(self, file: File) -> IO[bytes]:
        """Return the content of a file to read.

        Raises:
            StorageError: it is not there, or the place of files failed.
        """
        return self._place.open(self._content(file.sha256))

    def sweep(self) -> int:
        """Remove every content that nothing owns and nobody is adding, and what broken-off writers left."""
        swept = sum(self._removed(digest) for digest in self._digests())
        for name in self._place.names(f"{self._folder}/incoming"):
            part = Stamp.of_name(name)
            if part and self._present() - part.at >= GRACE and not self._claims.claimed(part.sha256):
                swept += self._place.remove(f"{self._folder}/incoming/{name}")
        self._claims.sweep()
        return swept

    # -- adding ---------------------------------------------------------------------------------------------------

    def _file(self, attachment: Attachment) -> File:
        self._where.check(attachment.media_type)
        if attachment.source is None:
            return File(attachment.id, attachment.name, attachment.media_type, attachment.size, attachment.sha256)
        spool = attachment.source.spooled(self._where.max_size)
        return File(attachment.id, attachment.name, attachment.media_type, spool.size, spool.sha256)

    def _add(self, sources: dict[str, Source | None], claims: dict[str, Stamp]) -> None:
        for digest in sources:
            claims[digest] = self._claims.claim(digest)
        for digest, source in sources.items():
            self._claims.await_removal(digest)
            size = self._place.size(self._content(digest))
            if source is None and size is None:
                raise InvalidInput("attachments", "the content of one is not there any more; give the file itself")
            if source is not None and size != (spool := source.spooled(self._where.max_size)).size:
                self._upload(digest, spool.chunks(), claims)

    def _upload(self, digest: str, chunks: Iterable[bytes], claims: dict[str, Stamp]) -> None:
        def renewing() -> Iterator[bytes]:
            for chunk in chunks:
                for each, claim in claims.items():
                    claims[each] = self._claims.renewed(claim)
                yield chunk

        path = f"{self._folder}/incoming/{Stamp.new(digest, self._present(), 'part').name}"
        try:
            self._place.write(path, renewing())
            self._place.move(path, self._content(digest))
        except BaseException:
            with suppress(StorageError):
                self._place.remove(path)
            raise

    # -- removing -------------------------------------------------------------------------------------------------

    def _end(self, claims: dict[str, Stamp], unowned: Collection[str]) -> None:
        """Withdraw claims and remove what nobody owns; what fails is no failure of what is committed."""
        with _left_to_sweep():
            for claim in claims.values():
                self._claims.withdraw(claim)
            for digest in unowned:
                self._removed(digest)

    def _removed(self, digest: str) -> bool:
        """Remove a content if nothing owns it and nobody is adding it, and tell whether that was so."""
        if surely_owned(self._store, self._tenant, digest) or self._claims.claimed(digest):
            return False
        removal = self._claims.removal(digest)
        # Where the last step fails, it may still be done later, and the mark stays for so long.
        removed = self._may_go(removal) and self._place.remove(self._content(digest))
        self._claims.withdraw(removal)
        return removed

    def _may_go(self, removal: Stamp) -> bool:
        try:
            claimed = self._claims.claimed(removal.sha256)
            return not (claimed or owned(self._store, self._tenant, removal.sha256)) and self._claims.in_time(removal)
        except StorageError:
            with suppress(StorageError):
                self._claims.withdraw(removal)
            raise

    def _digests(self) -> Iterator[str]:
        for part in self._place.names(f"{self._folder}/content"):
            yield from (n for n in self._place.names(f"{self._folder}/content/{part}") if len(n) == _DIGEST)

    def _content(self, digest: str) -> str:
        return f"{self._folder}/content/{digest[:2]}/{digest}"
