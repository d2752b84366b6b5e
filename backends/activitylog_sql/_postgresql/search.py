"""PostgreSQL's search index: GIN over the words as they are, with the tenant as one more word."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from attrs import frozen

from activitylog_sql._executor import Executor
from activitylog_sql._schema import ENTRIES
from activitylog_sql._search import Begun

__all__ = ["SEARCH_INDEX"]

_NAME: Final = f"{ENTRIES}_words"
_WORDS: Final = "array_to_tsvector(array_remove(string_to_array(words, ' '), '') || ('/' || tenant))"
"""No word holds a slash."""

_FIND: Final = f"SELECT id FROM {ENTRIES} WHERE {_WORDS} @@ ?::tsquery LIMIT ?"
_INVALID: Final = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(?) AND NOT indisvalid"


@frozen
class _WordsOfEntries:
    def add(self, executor: Executor, begun: Begun) -> None:
        """Build the index while others go on writing; what a run that was cut off left of it is built anew."""
        if executor.run(_INVALID, ((_NAME,),)):
            self.remove(executor)
        executor.run(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {_NAME} ON {ENTRIES} USING gin (({_WORDS}))")

    def remove(self, executor: Executor) -> None:
        executor.run(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}")

    def find(self, executor: Executor, tenant: str, words: Collection[str], limit: int) -> Sequence[Any] | None:
        wanted = " & ".join([_quoted(f"/{tenant}"), *(f"{_quoted(word)}:*" for word in words)])
        return [id for (id,) in executor.run(_FIND, ((wanted, limit),))]


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


SEARCH_INDEX: Final = _WordsOfEntries()
