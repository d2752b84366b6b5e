"""PostgreSQL's search index: GIN over the words as they are, with the tenant as one more word."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from attrs import frozen

from activitylog_sql._executor import Executor
from activitylog_sql._postgresql.dialect import POSTGRESQL
from activitylog_sql._schema import ENTRIES, partition_name
from activitylog_sql._search import Begun

__all__ = ["SEARCH_INDEX"]

_NAME: Final = f"{ENTRIES}_words"
_WORDS: Final = "array_to_tsvector(array_remove(string_to_array(words, ' '), '') || ('/' || tenant))"
"""No word holds a slash."""

_ON_WORDS: Final = f"USING gin (({_WORDS}))"

_FIND: Final = f"SELECT id FROM {ENTRIES} WHERE {_WORDS} @@ ?::tsquery LIMIT ?"
"""Without the column of the tenant, all of whose entries an index of theirs would be read for; in partitions of others
the index finds nothing at once."""

_INVALID: Final = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(?) AND NOT indisvalid"


@frozen
class _WordsOfEntries:
    def add(self, executor: Executor, begun: Begun) -> None:
        """Build the index while others go on writing: that of partitions one by one, which then are parts of it."""
        partitions = POSTGRESQL.partitions(executor)
        if not partitions:
            _build(executor, _NAME, ENTRIES)
            return
        executor.run(f"CREATE INDEX IF NOT EXISTS {_NAME} ON ONLY {ENTRIES} {_ON_WORDS}")
        for number in range(partitions):
            part = partition_name(_NAME, number)
            _build(executor, part, partition_name(ENTRIES, number))
            executor.run(f"ALTER INDEX {_NAME} ATTACH PARTITION {part}")

    def remove(self, executor: Executor) -> None:
        """Remove the index; that of partitions at once, for its parts go with it, and those that are no part yet."""
        partitions = POSTGRESQL.partitions(executor)
        if partitions:
            executor.run(f"DROP INDEX IF EXISTS {_NAME}")
        for name in [partition_name(_NAME, number) for number in range(partitions)] or [_NAME]:
            _drop(executor, name)

    def find(self, executor: Executor, tenant: str, words: Collection[str], limit: int) -> Sequence[Any] | None:
        wanted = " & ".join([_quoted(f"/{tenant}"), *(f"{_quoted(word)}:*" for word in words)])
        return [id for (id,) in executor.run(_FIND, ((wanted, limit),))]


def _build(executor: Executor, name: str, table: str) -> None:
    """Build an index while others go on writing; what a run that was cut off left of it is built anew."""
    if executor.run(_INVALID, ((name,),)):
        _drop(executor, name)
    executor.run(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} {_ON_WORDS}")


def _drop(executor: Executor, name: str) -> None:
    executor.run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


SEARCH_INDEX: Final = _WordsOfEntries()
