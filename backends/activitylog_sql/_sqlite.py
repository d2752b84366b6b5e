"""The dialect: what is said differently to SQLite than to another SQL database."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from uuid import UUID

import orjson

from activitylog.storage import ABSENT, Bucket, Unit

__all__ = ["SQLITE", "Primitive", "SQLite"]

Primitive = str | int | None
"""What a driver takes and gives without conversion."""

_ABSENT: Final = "9999-12-31 00:00:00"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STARTS: Final = {
    Unit.HOUR: ("%Y-%m-%d %H:00:00", ""),
    Unit.DAY: ("%Y-%m-%d 00:00:00", ""),
    Unit.WEEK: ("%Y-%m-%d 00:00:00", ", 'weekday 0', '-6 days'"),
    Unit.MONTH: ("%Y-%m-01 00:00:00", ""),
}


class SQLite:
    """Values as Django writes and reads them on SQLite, and the expressions that are SQLite's own.

    Times are naive UTC text, without a fraction where it is zero: their order as text is their order in time, because
    the end of a text comes before any digit. Ids are 32 hex digits, truth is 0 or 1.
    """

    def time(self, value: datetime) -> str:
        """Return the text of a UTC time."""
        return value.isoformat(" ")[:-6]

    def read_time(self, text: str) -> datetime:
        """Return the time of a text."""
        return ABSENT if text == _ABSENT else datetime.fromisoformat(text + "+00:00")

    def id(self, value: UUID) -> str:
        """Return the text of an id; ids compare as their texts do."""
        return value.hex

    def read_id(self, text: str) -> UUID:
        """Return the id of a text."""
        return UUID(text)

    def among(self, column: str, values: Iterable[Primitive]) -> tuple[str, Primitive]:
        """Return a condition with one value: however many there are, the statement is the same."""
        found = list(values)
        if len(found) == 1:
            return f"{column} = ?", found[0]
        return f"{column} IN (SELECT value FROM json_each(?))", orjson.dumps(found).decode()

    def begins_a_word(self, column: str) -> str:
        """Return a condition whose one value is a folded word with a space before it."""
        return f"instr({column}, ?) > 0"

    def using(self, index: str) -> str:
        """Return what follows a table to have it read by this index, and an error where that cannot be."""
        return f" INDEXED BY {index}"

    def each(self, column: str, alias: str) -> str:
        """Return a source of the items of a column that holds a JSON array."""
        return f"json_each({column}) AS {alias}"

    def item(self, alias: str, place: int | None) -> str:
        """Return an item of ``each``, or where the items are arrays themselves, what stands at this place in it."""
        return f"{alias}.value" if place is None else f"json_extract({alias}.value, '$[{place}]')"

    def shift(self, column: str, bucket: Bucket) -> tuple[str, list[Primitive]]:
        """Return an expression for the offset in force at a time, and its values."""
        values: list[Primitive] = []
        cases = ""
        for from_ms, offset_ms in reversed(bucket.offsets[1:]):
            cases += f" WHEN {column} >= ? THEN ?"
            values += self.time(_EPOCH + timedelta(milliseconds=from_ms)), _modifier(offset_ms)
        values.append(_modifier(bucket.offsets[0][1]))
        return f"CASE{cases} ELSE ? END" if cases else "?", values

    def start(self, column: str, shift: str, unit: Unit) -> str:
        """Return an expression for the local start of the bucket in which a time lies."""
        form, onwards = _STARTS[unit]
        return f"strftime('{form}', {column}, {shift}{onwards})"

    def read_start(self, start: str, shift: str) -> datetime:
        """Return the key of a bucket from what the two expressions gave."""
        return datetime.fromisoformat(start).replace(tzinfo=timezone(timedelta(milliseconds=_milliseconds(shift))))


def _modifier(offset_ms: int) -> str:
    """Write an offset as a modifier of SQLite's time functions, which are exact to the millisecond."""
    seconds, ms = divmod(abs(offset_ms), 1000)
    return f"{'-' if offset_ms < 0 else '+'}{seconds}.{ms:03d} seconds"


def _milliseconds(modifier: str) -> int:
    return int(modifier.removesuffix(" seconds").replace(".", ""))


SQLITE: Final = SQLite()
