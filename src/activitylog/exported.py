"""The lines of an export: a header, documents, and entries with their versions, each one JSON object."""

from __future__ import annotations

from typing import Final

import orjson

from activitylog.storage import Document, Record, Storage, Versioned

__all__ = ["HEADER", "document_line", "entry_line", "versions_of"]

HEADER: Final = b'{"activitylog":1}\n'
"""The first line; it names the format and its version."""

_PART: Final = 100


def document_line(document: Document) -> bytes:
    """Return the line of a document."""
    values = {"tenant": document.tenant, "kind": document.kind, "name": document.name, "body": document.body}
    return orjson.dumps({"document": values}) + b"\n"


def entry_line(entry: Versioned) -> bytes:
    """Return the line of an entry and its earlier versions, oldest first."""
    current, earlier = entry
    versions = ",".join(record.to_json() for record in earlier)
    return f'{{"entry":{current.to_json()},"versions":[{versions}]}}\n'.encode()


def versions_of(store: Storage, current: Record) -> list[Record]:
    """Return the versions of an entry before this one, oldest first."""
    found: list[Record] = []
    before = current.version
    while before > 1 and (part := store.versions(current.tenant, current.id, before=before, limit=_PART)):
        found += part
        before = part[-1].version
    return found[::-1]
