"""What was archived and purged, and why: numbers by type, outcome and reason."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Final, Literal, overload

from attrs import frozen

from activitylog.keeping import Reason
from activitylog.language import translated

__all__ = ["Outcome", "RetentionReport", "RetentionRow"]

Outcome = Literal["archived", "purged", "held"]

_COLUMNS: Final = ("type", "outcome", "reason", "number")
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "type": {"en": "Type", "de": "Typ"},
    "outcome": {"en": "Outcome", "de": "Ergebnis"},
    "reason": {"en": "Reason", "de": "Grund"},
    "number": {"en": "Number", "de": "Anzahl"},
    "archived": {"en": "archived", "de": "archiviert"},
    "purged": {"en": "purged", "de": "entfernt"},
    "held": {"en": "held", "de": "aufbewahrt"},
    "entry": {"en": "its own age", "de": "eigene Frist"},
    "tenant": {"en": "rule of the tenant", "de": "Regel des Mandanten"},
    "by type": {"en": "rule of its type", "de": "Regel des Typs"},
    "keep": {"en": "newer ones are enough", "de": "neuere genügen"},
}


@frozen(order=True)
class RetentionRow:
    """What became of the entries of one type, for one reason.

    Attributes:
        type: its name.
        outcome: ``archived``, ``purged``, or ``held`` for what would have been purged, were it not held.
        reason: ``entry`` (an age of its own, or of its template), ``tenant``, ``type``, or ``keep`` (there are enough
            newer ones).
        number: how many.
    """

    type: str
    outcome: Outcome
    reason: Reason
    number: int


@frozen(repr=False)
class RetentionReport(Sequence[RetentionRow]):
    """What ``log.retention.apply()`` did, or would do: a sequence of rows, which are numbers and name nobody."""

    _rows: tuple[RetentionRow, ...]
    _language: str = "en"

    @classmethod
    def of(cls, numbers: Mapping[tuple[str, Outcome, Reason], int], language: str) -> RetentionReport:
        """Return the report of these numbers."""
        return cls(tuple(sorted(RetentionRow(*key, number) for key, number in numbers.items() if number)), language)

    def counts(self) -> dict[str, int]:
        """Return how many entries there are of each outcome."""
        found: Counter[str] = Counter()
        for row in self._rows:
            found[row.outcome] += row.number
        return dict(found)

    def table(self) -> list[list[str]]:
        """Return the headings and the rows as texts, in the language in which the report was made."""
        return [[self._text(column) for column in _COLUMNS], *map(self._cells, self._rows)]

    def to_text(self) -> str:
        """Return a table with totals beneath, in the language in which the report was made."""
        table = self.table()
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in table]
        rule = "  ".join("-" * width for width in widths)
        totals = [f"{self._text(outcome)}: {number}" for outcome, number in self.counts().items()]
        return "\n".join([lines[0], rule, *lines[1:], "", *totals, ""])

    def to_csv(self) -> str:
        """Return the rows as CSV (RFC 4180) with a header; words stay in English, so that programs can read them."""
        text = StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        writer.writerows((row.type, row.outcome, row.reason, row.number) for row in self._rows)
        return text.getvalue()

    @overload
    def __getitem__(self, index: int) -> RetentionRow: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[RetentionRow, ...]: ...

    def __getitem__(self, index: int | slice) -> RetentionRow | tuple[RetentionRow, ...]:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[RetentionRow]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<RetentionReport: {', '.join(f'{number} {name}' for name, number in self.counts().items())}>"

    def _cells(self, row: RetentionRow) -> list[str]:
        reason = "by type" if row.reason == "type" else row.reason
        return [row.type, self._text(row.outcome), self._text(reason), str(row.number)]

    def _text(self, word: str) -> str:
        return translated(_TEXTS[word], self._language)
