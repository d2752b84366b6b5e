"""Reports: what is done for whom, and for whom not and why, row by row."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Final, overload
from uuid import UUID

from attrs import frozen

from activitylog.language import translated
from activitylog.limits import SUBJECTS_MAX
from activitylog.refs import Ref

__all__ = [
    "CREATED",
    "DUPLICATE",
    "ERASED",
    "EXCLUDED",
    "LEFT_OUT",
    "NAMES_OTHERS",
    "OUTCOMES",
    "OVER",
    "PLANNED",
    "TO_READ",
    "UNDECLARED",
    "UNDONE",
    "Report",
    "ReportRow",
]

PLANNED: Final = "planned"
CREATED: Final = "created"
UNDONE: Final = "undone"
LEFT_OUT: Final = "left out"
OUTCOMES: Final = (PLANNED, CREATED, UNDONE, LEFT_OUT)
DUPLICATE: Final = "duplicate"
EXCLUDED: Final = "excluded"
OVER: Final = f"over the {SUBJECTS_MAX} of a shared activity"

ERASED: Final = "erased"
TO_READ: Final = "to read"
NAMES_OTHERS: Final = "others are named too"
UNDECLARED: Final = "its type is not declared"

_COLUMNS: Final = ("subject", "subject_label", "assignee", "assignee_label", "outcome", "reason", "activity")
_RUN_BY_SPREADSHEETS: Final = tuple("=+-@＝＋－＠\t\r\n")
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "subject": {"en": "For whom", "de": "Für wen"},
    "assignee": {"en": "Assignee", "de": "Zuständig"},
    "outcome": {"en": "Outcome", "de": "Ergebnis"},
    "reason": {"en": "Reason", "de": "Grund"},
    "activity": {"en": "Activity", "de": "Aktivität"},
    "total": {"en": "Total", "de": "Gesamt"},
    PLANNED: {"en": PLANNED, "de": "geplant"},
    CREATED: {"en": CREATED, "de": "angelegt"},
    UNDONE: {"en": UNDONE, "de": "zurückgenommen"},
    LEFT_OUT: {"en": LEFT_OUT, "de": "ausgelassen"},
    DUPLICATE: {"en": DUPLICATE, "de": "doppelt"},
    EXCLUDED: {"en": EXCLUDED, "de": "ausgenommen"},
    ERASED: {"en": ERASED, "de": "gelöscht"},
    TO_READ: {"en": TO_READ, "de": "zu lesen"},
    NAMES_OTHERS: {"en": NAMES_OTHERS, "de": "andere sind mitgenannt"},
    UNDECLARED: {"en": UNDECLARED, "de": "der Typ ist nicht deklariert"},
    OVER: {"en": OVER, "de": f"über den {SUBJECTS_MAX} einer gemeinsamen Aktivität"},
}


@frozen
class ReportRow:
    """What is done for one subject.

    Attributes:
        subject: for whom.
        assignee: who is responsible, or None.
        outcome: ``planned``, ``created``, ``left out`` or ``undone``; of an erasure ``to read``.
        reason: why it is left out: ``duplicate``, ``excluded``, ``erased``, or a text of the host's; or to be read.
        activity: the id of the activity, once there is one, or None.
    """

    subject: Ref
    assignee: Ref | None = None
    outcome: str = PLANNED
    reason: str = ""
    activity: UUID | None = None


@frozen(repr=False)
class Report(Sequence[ReportRow]):
    """What is done for whom, by whom, and for whom not and why: a sequence of rows, in the order of the subjects.

    A row has ``subject``, ``assignee`` (or None), ``outcome`` (``planned``, ``created``, ``left out``, ``undone``),
    ``reason`` (``duplicate``, ``excluded``, a text of the host's, …) and ``activity`` (its id, once there is one).
    """

    _rows: tuple[ReportRow, ...]
    _language: str = "en"

    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each outcome, then, of those left out, of each reason."""
        return dict(self._outcomes() + self._reasons())

    def to_text(self) -> str:
        """Return a table with totals beneath, in the language in which the report was made."""
        columns = ("subject", "assignee", "outcome", "reason", "activity")
        table = [[self._text(column) for column in columns], *map(self._cells, self._rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in table]
        rule = "  ".join("-" * width for width in widths)
        return "\n".join([lines[0], rule, *lines[1:], "", *self._totals(), ""])

    def to_csv(self) -> str:
        """Return the rows as CSV (RFC 4180) with a header; words stay in English, so that programs can read them.

        A cell that a spreadsheet would run (it begins with ``=``, ``+``, ``-`` or ``@``, also in full width, a tab or
        a line break) has an apostrophe before it.
        """
        text = StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        for row in self._rows:
            named = [(str(ref), ref.label) if ref else ("", "") for ref in (row.subject, row.assignee)]
            cells = [*named[0], *named[1], row.outcome, row.reason, str(row.activity or "")]
            writer.writerow([f"'{cell}" if cell.startswith(_RUN_BY_SPREADSHEETS) else cell for cell in cells])
        return text.getvalue()

    @overload
    def __getitem__(self, index: int) -> ReportRow: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[ReportRow, ...]: ...

    def __getitem__(self, index: int | slice) -> ReportRow | tuple[ReportRow, ...]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[ReportRow]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<Report of {len(self)}: {', '.join(f'{number} {name}' for name, number in self.counts().items())}>"

    def _outcomes(self) -> Counter[str]:
        return Counter(row.outcome for row in self._rows)

    def _reasons(self) -> Counter[str]:
        return Counter(row.reason for row in self._rows if row.outcome == LEFT_OUT)

    def _totals(self) -> Iterator[str]:
        yield f"{self._text('total')}: {len(self)}"
        for outcome, number in self._outcomes().items():
            reasons = [f"{_shown(self._text(reason))} {n}" for reason, n in self._reasons().items()]
            why = f" ({', '.join(reasons)})" if outcome == LEFT_OUT else ""
            yield f"{self._text(outcome)}: {number}{why}"

    def _cells(self, row: ReportRow) -> list[str]:
        assignee = "" if row.assignee is None else row.assignee.label or str(row.assignee)
        subject = f"{row.subject.label} ({row.subject})" if row.subject.label else str(row.subject)
        shown = [subject, assignee, self._text(row.outcome), self._text(row.reason), str(row.activity or "")]
        return list(map(_shown, shown))

    def _text(self, word: str) -> str:
        return translated(_TEXTS.get(word, word), self._language)


def _shown(text: str) -> str:
    """A line break would break the table, and other control characters drive the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
