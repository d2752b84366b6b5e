"""What an erasure tells of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import evolve, field, frozen

from activitylog.call import Call
from activitylog.exported import versions_of
from activitylog.refs import Ref
from activitylog.reports import NAMES_OTHERS, TO_READ, UNDECLARED, Report, ReportRow
from activitylog.storage import Query, Record, position

__all__ = ["ErasureReport", "rows_to_read"]

_PART: Final = 100
_TEXTS: Final = ("title", "note", "data", "changes", "comment", "tags", "files")


@frozen(repr=False, kw_only=True)
class ErasureReport(Report):
    """What an erasure did: numbers, and as rows the entries that a person should read.

    These are entries with others, whose texts were kept and not searched. Each row has the pseudonym as ``subject``,
    the outcome ``to read``, the ``activity``, and a reason: ``others are named too``, or ``its type is not declared``,
    so that nobody knows which of its fields are personal.

    Attributes:
        pseudonym: what stands in the place of the erased person.
        tenant: in which this was.
        numbers: how many entries this call ``anonymised`` and ``deleted``, how many ``documents`` it changed or
            removed (aliases, plans, templates, …), and how many ``files`` it removed: not those that others have too,
            nor those that the log's place of files does not have (a line of Python's log tells of these), nor, within
            ``log.transaction()``, those that go with its commit.
    """

    pseudonym: Ref
    tenant: str
    numbers: Mapping[str, int] = field(factory=dict)

    def counts(self) -> dict[str, int]:
        """Return the numbers, and how many entries are to be read."""
        return {**self.numbers, TO_READ: len(self)}


def rows_to_read(call: Call, pseudonym: Ref) -> Iterator[ReportRow]:
    """Give a row for each entry that is linked to the pseudonym and has texts still: it is about others too."""
    query = Query(tenant=call.tenant, subjects=(str(pseudonym),), newest_first=False, limit=_PART)
    while found := call.store.fetch(query):
        for record in found:
            versions = (record, *versions_of(call.store, record))  # with comments, and what was edited away
            if any(getattr(each, name) for each in versions for name in _TEXTS):
                yield ReportRow(pseudonym, outcome=TO_READ, reason=_why(call, record), activity=record.id)
        query = evolve(query, after=position(query, found[-1]))


def _why(call: Call, record: Record) -> str:
    """Return why a person should read an entry: of a type that nobody declares, no personal field was taken."""
    has_fields = bool(record.data or record.changes)
    return UNDECLARED if has_fields and call.types.get(record.type) is None else NAMES_OTHERS
