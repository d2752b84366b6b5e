"""Conditions to SQL: one ``match`` with seven arms."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from attrs import define, field

from activitylog.storage import And, Between, Field, Has, In, Match, Not, Or, Where
from activitylog_sql._codec import Codec
from activitylog_sql._columns import LINK_COLUMNS
from activitylog_sql._executor import Primitive
from activitylog_sql._schema import LINKS

__all__ = ["MANY", "Condition", "Many"]

Many = tuple[str, int | None]
"""Where the values of a field of several values stand: the JSON column, and the place in each item."""

MANY: Final[dict[Field, Many]] = {
    Field.TAGS: ("tags", None),
    Field.READERS: ("readers", None),
    Field.EDITORS: ("editors", None),
    Field.FILES: ("files", 4),
    Field.LINKS: ("links", 0),
    Field.SUBJECTS: ("links", 0),
}

_COVERED: Final = frozenset(LINK_COLUMNS)


@define
class Condition:
    """The SQL of a condition over a row of entries ``e``, or of links ``l`` with its entry ``e``, and its values."""

    codec: Codec
    linked: bool
    values: list[Primitive] = field(factory=list)
    entry: bool = False
    """Whether the entry itself has to be read, though ``linked``."""
    few: bool = False
    """Whether the entries are few: their ids are known."""

    def column(self, name: str) -> str:
        """Return a column, of the link where that has it."""
        if self.linked and name in _COVERED:
            return f"l.{name}"
        self.entry = True
        return f"e.{name}"

    def sql(self, where: Where) -> str:
        """Return the condition, which is never null, and note its values in the order of their marks."""
        match where:
            case In(name=name, values=wanted):
                return self.among(self.column(name), [self.codec.value(name, value) for value in wanted])
            case Between(name=name, ge=ge, lt=lt):
                return self._between(self.column(name), ge, lt)
            case Has(name=Field.LINKS | Field.SUBJECTS as name, values=wanted):
                return self._linked_to(wanted, " AND p.role = 'subject'" if name is Field.SUBJECTS else "")
            case Has(name=name, values=wanted):
                column, place = MANY[name]
                return self._noted(self.codec.dialect.has(self.column(column), place, wanted))
            case Match(words=words):
                column = self.column("words")
                self.values += (f" {word}" for word in sorted(words))
                return _joined(" AND ", [self.codec.dialect.begins_a_word(column)] * len(words), "1 = 1")
            case And(parts=parts):
                self.few |= any(isinstance(part, In) and part.name is Field.ID for part in parts)
                return _joined(" AND ", [self.sql(part) for part in parts], "1 = 1")
            case Or(parts=parts):
                return _joined(" OR ", [self.sql(part) for part in parts], "1 = 0")
            case Not(part=part):
                return f"NOT ({self.sql(part)})"

    def _linked_to(self, refs: Collection[str], role: str) -> str:
        row = "l" if self.linked else "e"
        exists = self.codec.dialect.exists_for_few if self.few else self.codec.dialect.exists
        return exists(
            f"SELECT 1 FROM {LINKS} AS p WHERE p.tenant = {row}.tenant AND {self.among('p.ref', refs)}"
            f" AND p.occurred_at = {row}.occurred_at AND p.id = {row}.id{role}"
        )

    def among(self, column: str, wanted: Collection[Primitive]) -> str:
        """Return the condition that a column's value is one of these."""
        return self._noted(self.codec.dialect.among(column, wanted))

    def _noted(self, condition: tuple[str, Iterable[Primitive]]) -> str:
        sql, values = condition
        self.values += values
        return sql

    def _between(self, column: str, ge: datetime | None, lt: datetime | None) -> str:
        bounds = [(sign, bound) for sign, bound in ((">=", ge), ("<", lt)) if bound is not None]
        self.values += (self.codec.dialect.time(bound) for _, bound in bounds)
        return _joined(" AND ", [f"{column} {sign} ?" for sign, _ in bounds], "1 = 1")


def _joined(operator: str, parts: Collection[str], neutral: str) -> str:
    return f"({operator.join(parts)})" if parts else neutral
