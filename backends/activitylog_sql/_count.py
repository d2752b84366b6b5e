"""Counts to statements: one row per entry that counts (per value, where a field has several), then grouped."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from activitylog.storage import And, Bucket, Field, Query, Tally, Where
from activitylog_sql._bounds import parts_of
from activitylog_sql._codec import Codec
from activitylog_sql._executor import Primitive
from activitylog_sql._ways import BY_LINK, conditions_on, way_of_count, way_sql
from activitylog_sql._where import MANY, Condition

__all__ = ["Count"]


@frozen
class Count:
    """A count that was asked for: gives its statement, and reads the rows of that."""

    codec: Codec
    query: Query
    by: Sequence[Field]
    bucket: Bucket | None
    cases: Sequence[Where]
    limit: int | None

    def statement(self) -> tuple[str, list[Primitive]]:
        """Return the statement and its values."""
        way = way_of_count(self.codec.dialect, self.query)
        condition = Condition(self.codec, way == BY_LINK)
        keys, shift, cases = self._keys(condition), self._shift(condition), self._cases(condition)
        columns = {"at": condition.column("occurred_at"), "id": condition.column("id"), **keys, **shift, **cases}
        rows = self._rows(condition, way, ", ".join(f"{sql} AS {name}" for name, sql in columns.items()))
        start = [f"{self.codec.dialect.start('at', 'shift', self.bucket.unit)} AS start"] if self.bucket else []
        numbers = [f"count({case})" for case in cases] or ["count(*)"]
        selected = ", ".join([*keys, *start, *shift, *numbers, "min(at)", "max(at)"])
        grouping = [*keys, *(["start", "shift"] if self.bucket else [])]
        grouped = f" GROUP BY {', '.join(grouping)}" if grouping else ""
        return f"SELECT {selected} FROM ({rows}) AS found{grouped}", condition.values

    def tally(self, row: Sequence[Any]) -> Tally:
        """Return the tally of a row."""
        dimensions = len(self.by) + (2 if self.bucket else 0)
        *numbers, first, last = row[dimensions:]
        key: list[str | datetime] = [
            self.codec.key(name, value) for name, value in zip(self.by, row[: len(self.by)], strict=True)
        ]
        dialect = self.codec.dialect
        if self.bucket:
            key.append(dialect.read_start(row[dimensions - 2], row[dimensions - 1]))
        if first is None:
            return Tally(tuple(key), tuple(numbers), None, None)
        return Tally(tuple(key), tuple(numbers), dialect.read_time(first), dialect.read_time(last))

    def _keys(self, condition: Condition) -> dict[str, str]:
        keys = {}
        for place, name in enumerate(self.by):
            if name in MANY:
                keys[f"k{place}"] = self.codec.dialect.item(f"m{place}", MANY[name][1])
            else:
                keys[f"k{place}"] = condition.column(name)
        return keys

    def _shift(self, condition: Condition) -> dict[str, str]:
        if not self.bucket:
            return {}
        shift, values = self.codec.dialect.shift(condition.column("occurred_at"), self.bucket)
        condition.values += values
        return {"shift": shift}

    def _cases(self, condition: Condition) -> dict[str, str]:
        return {f"c{place}": f"CASE WHEN {condition.sql(case)} THEN 1 END" for place, case in enumerate(self.cases)}

    def _rows(self, condition: Condition, way: str, columns: str) -> str:
        subjects = tuple(dict.fromkeys(self.query.subjects))
        where, direct = conditions_on(way, subjects, parts_of(self.query.where))
        items, filters = "", ""
        for place, name in enumerate(self.by):
            if name in MANY:
                column, part = MANY[name]
                items += f" CROSS JOIN {self.codec.dialect.each(condition.column(column), part, f'm{place}')}"
            if name is Field.SUBJECTS:
                filters += f" AND {self.codec.dialect.item(f'm{place}', 2)} = 'subject'"
        condition.values.append(self.query.tenant)
        if condition.linked:
            filters += f" AND {condition.among('l.ref', subjects)}"
        if direct:
            filters += " AND l.role = 'subject'"
        filters += f" AND {condition.sql(And(where))}"
        if self.limit is not None and not self.by and not self.bucket:
            filters += " LIMIT ?"
            condition.values.append(self.limit)
        source, tenant = way_sql(self.codec.dialect, way, entry=condition.entry)
        distinct = "DISTINCT " if len(subjects) > 1 or items else ""
        return f"SELECT {distinct}{columns} FROM {source}{items} WHERE {tenant}{filters}"
