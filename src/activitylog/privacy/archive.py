"""The archive of a person: a ZIP that is written while it is read, so that memory does not grow with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson
from attrs import evolve

from activitylog.attachments import Attachment
from activitylog.call import Call
from activitylog.presentation import plain
from activitylog.privacy.walk import named
from activitylog.redaction import is_redacted
from activitylog.refs import Ref
from activitylog.revisions import Revision, revisions
from activitylog.storage import ALWAYS, And, Field, File, Has, Not, Query, Record, Where, position

__all__ = ["archive"]

PART: Final = 100
CHUNK: Final = 1_000_000


def archive(call: Call, ref: Ref) -> Iterator[bytes]:
    """Give the archive of a person in parts; nothing is read before the first of them is asked for."""
    members = call.aliases.of(call.store, call.tenant).group(str(ref))
    return _Archive(call, members).parts(ref)


class _Written:
    """A file that only gives away what was written to it: ZIP writes to such without ever going back."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Keep what is written until it is taken."""

    def taken(self) -> bytes:
        """Return what was written since this was last asked."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


class _Archive:
    def __init__(self, call: Call, members: tuple[str, ...]) -> None:
        self._call = call
        self._door = call.door
        self._members = members
        self._written = _Written()

    def parts(self, ref: Ref) -> Iterator[bytes]:
        with SpooledTemporaryFile(max_size=CHUNK) as files, ZipFile(self._written, "w", ZIP_DEFLATED) as zipped:  # type: ignore[call-overload] # what it needs is there
            with self._file(zipped, "subject.json") as file:
                file.write(_json(self._subject(str(ref))))
            with self._file(zipped, "activities.jsonl") as file:
                for record in self._records():
                    file.write(_json(self._told(record)))
                    files.writelines(_json(_place(record, number)) for number in range(len(record.files)))
                    yield self._written.taken()
            files.seek(0)
            for line in files:
                yield from self._content(zipped, orjson.loads(line))
        yield self._written.taken()

    @contextmanager
    def _file(self, zipped: ZipFile, name: str) -> Iterator[IO[bytes]]:
        info = ZipInfo(name, self._call.now.timetuple()[:6])
        info.compress_type = ZIP_DEFLATED
        with zipped.open(info, "w", force_zip64=True) as file:
            yield file

    def _content(self, zipped: ZipFile, place: dict[str, Any]) -> Iterator[bytes]:
        stored = File(UUID(place["id"]), *place["file"])
        shelf = self._call.contents.of(self._call.tenant)
        with shelf.open(stored) as content, self._file(zipped, place["path"]) as file:
            while chunk := content.read(CHUNK):
                file.write(chunk)
                yield self._written.taken()

    def _subject(self, ref: str) -> dict[str, Any]:
        return {"ref": ref, "tenant": self._call.tenant, "merged": self._merged(ref), "at": self._call.now}

    def _merged(self, ref: str) -> list[str]:
        """Return the other names of the person, those only that a viewer meets somewhere."""
        return [member for member in self._members if member != ref and self._door.knows(member)]

    def _records(self) -> Iterator[Record]:
        """Give the linked entries in the order of time, then in that order the others that name the person."""
        yield from self._pages(self._members, ALWAYS)
        yield from self._pages((), And((named(self._members), Not(Has(Field.LINKS, self._members)))))

    def _pages(self, subjects: tuple[str, ...], where: Where) -> Iterator[Record]:
        query = Query(tenant=self._call.tenant, subjects=subjects, where=where, newest_first=False, limit=PART)
        while found := self._door.fetch(query):
            yield from (record for record in found if not is_redacted(record))
            query = evolve(query, after=position(query, found[-1]))

    def _told(self, record: Record) -> dict[str, Any]:
        told = self._call.activity(record).to_dict()
        told["files"] = [_place(record, number)["path"] for number in range(len(record.files))]
        told["history"] = [_revision(each) for each in revisions(self._call, record)] if record.version > 1 else []
        return told


def _place(record: Record, number: int) -> dict[str, Any]:
    """Return a file of an entry, and where it lies in the archive."""
    file = record.files[number]
    name = Attachment.of_file(file).filename
    stored = [file.name, file.media_type, file.size, file.sha256]
    return {"id": str(file.id), "file": stored, "path": f"files/{record.id}/{number + 1}-{name}"}


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "version": revision.version,
        "action": revision.action,
        "actor": plain(revision.actor),
        "at": plain(revision.at),
        "comment": revision.comment,
        "changes": [
            {"field": each.field, "label": each.label, "old": plain(each.old), "new": plain(each.new)}
            for each in revision.changes
        ],
    }


def _json(value: Any) -> bytes:
    return orjson.dumps(value) + b"\n"
