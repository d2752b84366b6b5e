"""The contacts of a plan, kept in parts: documents of at most 500 rows and about a megabyte.

Parts are read one after the other, so that memory does not grow with the plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import orjson
from attrs import frozen

from activitylog.call import Call
from activitylog.documents import one_document
from activitylog.errors import InvalidInput, StorageError
from activitylog.payload import decoded
from activitylog.refs import Ref
from activitylog.storage import Document

__all__ = ["PART", "Part", "PartWriter", "Row", "each_part", "part_name", "read_part"]

PART: Final = "plan.part"
"""The kind of the documents; their names are the plan's id and the part's number."""
ROWS_MAX: Final = 500
BYTES_MAX: Final = 1_000_000


@frozen
class Row:
    """One contact of a plan.

    Attributes:
        subject: the contact.
        activity: the id of its own activity; of a shared one, or where it is left out for good, None.
        reason: why it is left out for good, or an empty text.
        first: of a duplicate, the number of the row that stands for it.
        draft: its own draft as JSON, where the plan was made of a function.
    """

    subject: Ref
    activity: UUID | None = None
    reason: str = ""
    first: int | None = None
    draft: Mapping[str, Any] | None = None

    def to_json(self) -> bytes:
        """Return the row as JSON."""
        ref = self.subject
        return orjson.dumps([ref.kind, ref.id, ref.label, self.activity, self.reason, self.first, self.draft])

    @classmethod
    def from_list(cls, stored: list[Any]) -> Row:
        """Return the row that ``to_json`` gave."""
        kind, id, label, activity, reason, first, draft = stored
        return cls(Ref(kind, id, label), None if activity is None else UUID(activity), reason, first, draft)


@frozen
class Part:
    """Neighbouring rows; ``start`` is the number of the first one."""

    start: int
    rows: tuple[Row, ...]

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Part:
        """Return the part that a document holds."""
        return cls(found["start"], tuple(map(Row.from_list, found["rows"])))

    def to_json(self) -> str:
        """Return the body of the document."""
        return _body(self.start, [row.to_json() for row in self.rows])

    @property
    def end(self) -> int:
        """The number after the last row's."""
        return self.start + len(self.rows)

    def numbered(self) -> Iterator[tuple[int, Row]]:
        """Give the rows with their numbers."""
        return enumerate(self.rows, self.start)


def read_part(call: Call, plan: str, number: int) -> Part:
    """Return one part of a plan.

    Raises:
        InvalidInput: somebody has removed it.
    """
    document = one_document(call.store, call.tenant, PART, part_name(plan, number))
    if document is None:
        raise InvalidInput("id", f"part {number} of plan {plan} is gone; make a new plan")
    return Part.from_dict(decoded(document.body or "{}"))


def each_part(call: Call, plan: str, parts: int) -> Iterator[Part]:
    """Give the parts of a plan, reading one at a time."""
    return (read_part(call, plan, number) for number in range(parts))


class PartWriter:
    """Writes the rows of a new plan, part by part."""

    def __init__(self, call: Call, plan: str) -> None:
        self._call = call
        self._plan = plan
        self._start = 0
        self._waiting: list[bytes] = []
        self._bytes = 0
        self.parts = 0
        """How many are written."""

    @property
    def rows(self) -> int:
        """How many there are so far."""
        return self._start + len(self._waiting)

    def add(self, row: Row) -> None:
        """Add a row; where a part is full, write it."""
        encoded = row.to_json()
        if self._waiting and (len(self._waiting) >= ROWS_MAX or self._bytes + len(encoded) > BYTES_MAX):
            self._write()
        self._waiting.append(encoded)
        self._bytes += len(encoded)

    def finish(self) -> None:
        """Write what is not written yet."""
        if self._waiting:
            self._write()

    def discard(self) -> None:
        """Remove what is written: nobody will ever ask for it. What a failing store keeps of it does no harm."""
        with suppress(StorageError):
            for number in range(self.parts):
                self._put(number, None, 1)

    def _write(self) -> None:
        self._put(self.parts, _body(self._start, self._waiting), 0)
        self.parts += 1
        self._start += len(self._waiting)
        self._waiting, self._bytes = [], 0

    def _put(self, number: int, body: str | None, version: int) -> None:
        document = Document(self._call.tenant, PART, part_name(self._plan, number), body)
        self._call.store.put_document(document, expected_version=version)


def _body(start: int, rows: Sequence[bytes]) -> str:
    return f'{{"start":{start},"rows":[{b",".join(rows).decode()}]}}'


def part_name(plan: str, number: int) -> str:
    """Return the name of the document of a part."""
    return f"{plan}:{number:06}"
