"""The seam through which every statement leaves: SQL text, and values that are driver primitives already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, Protocol

__all__ = ["AT_ONCE", "NO_VALUES", "Cursor", "Executor", "Marks", "Primitive", "Row", "insert"]

Primitive = str | int | bytes | None
"""What a driver takes and gives without conversion."""

Row = Sequence[Primitive]

Marks = Literal["?", "%s", "$"]
"""How a driver wants the places of values marked; ``$`` stands for ``$1``, ``$2`` and so on."""

NO_VALUES: tuple[Row, ...] = ((),)


AT_ONCE: Final = 2_000
"""How many rows of a stream are in memory at once."""


class Cursor(Protocol):
    """What a cursor of PEP 249 has."""

    @property
    def description(self) -> Any: ...
    @property
    def rowcount(self) -> int: ...
    def execute(self, statement: Any, values: Any, /) -> Any: ...
    def executemany(self, statement: Any, rows: Any, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def fetchmany(self, size: int, /) -> Any: ...
    def close(self) -> Any: ...


class Executor:
    """Runs statements, whose values are marked by ``?``, on the cursor of whoever owns the transaction."""

    __slots__ = ("_cursor", "_marked")

    def __init__(self, cursor: Cursor, marks: Marks) -> None:
        self._cursor = cursor
        self._marked = _MARKED[marks]

    def run(self, statement: str, rows: Sequence[Row] = NO_VALUES) -> list[Any]:
        """Run the statement once for each row of values; of a single row, return all that it selects."""
        cursor = self._cursor
        if len(rows) == 1:
            cursor.execute(self._marked(statement), rows[0])
            return list(cursor.fetchall()) if cursor.description else []
        if rows:
            cursor.executemany(self._marked(statement), rows)
        return []

    def run_each(self, statement: str, rows: Iterable[Row]) -> None:
        """Run the statement once for each row of values, which may be made while they are asked for."""
        self._cursor.executemany(self._marked(statement), rows)

    def stream(self, statement: str, values: Row) -> Iterator[Any]:
        """Run the statement as the last one, and yield what it selects as it comes, however much it is."""
        cursor = self._streaming()
        cursor.execute(self._marked(statement), values)
        try:
            while rows := cursor.fetchmany(AT_ONCE):
                yield from self._read(cursor, rows)
        finally:
            cursor.close()

    def _streaming(self) -> Cursor:
        """Return a cursor that does not hold a whole answer in memory."""
        return self._cursor

    def _read(self, cursor: Cursor, rows: list[Any]) -> list[Any]:
        """Return the rows as they are to be had from here."""
        return rows

    @property
    def changed(self) -> int:
        """How many rows the last statement wrote, over all of its rows of values."""
        return self._cursor.rowcount


def insert(table: str, columns: Collection[str], conflict: str = "") -> str:
    """Return the statement that inserts a row."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}){conflict}"  # noqa: S608


def _as_it_is(statement: str) -> str:
    return statement


@lru_cache(maxsize=1024)
def _by_format(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")


@lru_cache(maxsize=1024)
def _by_number(statement: str) -> str:
    first, *rest = statement.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


_MARKED: Final[dict[Marks, Callable[[str], str]]] = {"?": _as_it_is, "%s": _by_format, "$": _by_number}
