"""A whole log as JSON lines, and back: exact, with versions and deleted entries, and without signals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import IO, Final, TypeVar

from attrs import evolve

from activitylog.errors import InvalidInput
from activitylog.exported import HEADER, document_line, entry_line, versions_of
from activitylog.importing.documents import EXPORTED
from activitylog.importing.lines import read_line
from activitylog.importing.loading import Loading
from activitylog.importing.recording import Progress
from activitylog.importing.report import ImportReport
from activitylog.storage import Document, Order, Position, Query, Storage, Versioned

__all__ = ["export_jsonl", "import_jsonl"]

_BATCH: Final = 100

_Item = TypeVar("_Item")
_Place = TypeVar("_Place")


def export_jsonl(
    storage: Storage, file: IO[bytes], *, tenants: Collection[str] = (), progress: Progress | None = None
) -> int:
    """Write all entries with their versions, deleted ones too, and what they need; return how many entries.

    The file has one JSON object a line. Memory stays constant. Entries that are recorded meanwhile may be missing.
    A tenant that has no entry yet is found only where it is named.

    Args:
        storage: ``log.storage``.
        file: open for writing bytes.
        tenants: only these; by default all that have entries.
        progress: is told how many entries are written.

    Raises:
        StorageError: the store failed.
    """
    file.write(HEADER)
    written = 0
    for tenant in tenants or _tenants(storage):
        file.writelines(map(document_line, _documents(storage, tenant)))
        for entry in _entries(storage, tenant):
            file.write(entry_line(entry))
            written += 1
            if progress is not None and written % _BATCH == 0:
                progress(written)
    return written


def import_jsonl(
    storage: Storage, lines: Iterable[bytes], *, tenants: Collection[str] = (), progress: Progress | None = None
) -> ImportReport:
    """Add the entries of an export exactly, with their ids and versions; those that are there are left as they are.

    No signals are sent and no types are needed. An import that was interrupted is completed by repeating it. What the
    store has with other content, under the same id or key, is left and listed in the report with its line.

    Args:
        storage: ``log.storage``.
        lines: of the export, such as a file opened for reading bytes.
        tenants: only the entries of these; by default all.
        progress: is told how many lines are read.

    Raises:
        InvalidInput: a line is not one of an export, or holds a value that no log would have written; names its
            number. What stood before it is in the log, of the line nothing.
        StorageError: the store failed.
    """
    loading = Loading(storage)
    for number, line in enumerate(lines, start=1):
        try:
            found = read_line(line)
        except ValueError as error:
            loading.flush()
            raise InvalidInput(f"line {number}", f"is none of an export: {error}; mend it and repeat") from None
        if found is not None and (not tenants or _tenant(found) in tenants):
            loading.add(found, f"line {number}")
        if progress is not None and number % _BATCH == 0:
            progress(number)
    loading.flush()
    return loading.report()


def _tenant(found: Document | Versioned) -> str:
    return found.tenant if isinstance(found, Document) else found[0].tenant


def _tenants(storage: Storage) -> Iterator[str]:
    return _pages(lambda after: storage.tenants(after=after, limit=_BATCH), lambda tenant: tenant)


def _documents(storage: Storage, tenant: str) -> Iterator[Document]:
    for kind in EXPORTED:
        page = partial(_documents_after, storage, tenant, kind)
        yield from _pages(page, lambda document: document.name)


def _documents_after(storage: Storage, tenant: str, kind: str, after: str | None) -> Collection[Document]:
    return storage.documents(tenant, kind, after=after, limit=_BATCH)


def _entries(storage: Storage, tenant: str) -> Iterator[Versioned]:
    query = Query(tenant=tenant, order=Order.RECORDED, newest_first=False, limit=_BATCH)
    records = _pages(
        lambda after: storage.fetch(evolve(query, after=after)),
        lambda record: Position(record.recorded_at, record.id),
    )
    return ((record, versions_of(storage, record)) for record in records)


def _pages(page: Callable[[_Place | None], Collection[_Item]], place: Callable[[_Item], _Place]) -> Iterator[_Item]:
    """Give all items of what is read in pages, each page beginning after the place of the last item."""
    after: _Place | None = None
    while items := page(after):
        for item in items:
            yield item
            after = place(item)
