"""PostgreSQL's search index: GIN over an entry's words, each with the tenant before it, and over its refs."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final

import orjson
from attrs import frozen

from activitylog_sql._executor import Executor
from activitylog_sql._postgresql.dialect import POSTGRESQL
from activitylog_sql._schema import ENTRIES, partition_name
from activitylog_sql._search import Begun

__all__ = ["SEARCH_INDEX"]

_NAME: Final = f"{ENTRIES}_words"
_TENANT: Final = "replace(tenant, ' ', '/') || '/'"
_WORDS: Final = f"array_to_tsvector(array_remove(string_to_array(replace(words, ' ', ' ' || {_TENANT}), ' '), ''))"
"""No word holds a slash, nor a space; what a tenant's name has in common with another's leads to nothing more than that
an entry is looked up which is not there."""

_REFS: Final = "jsonb_path_query_array(links::jsonb, '$[*][0]')"
_ON_WORDS: Final = f"USING gin (({_WORDS}), ({_REFS}))"

_HITS: Final = f"SELECT id FROM {ENTRIES} WHERE {_WORDS} @@ ?::tsquery"
"""Without the column of the tenant, all of whose entries an index of theirs would be read for; in partitions of others
the index finds nothing at once."""

_OF_SUBJECTS: Final = f" AND {_REFS} @@ ?::jsonpath"
_HAVING_WORD: Final = f" AND {POSTGRESQL.begins_a_word('words')}"

_FREQUENT: Final = 20_000
"""Of more hits than these the index would read too much: it reads all of a word's before it gives the first."""

_NEWEST: Final = (
    f"SELECT count(*) FROM (SELECT words FROM {ENTRIES} WHERE tenant = ? ORDER BY occurred_at DESC, id DESC LIMIT 1000)"
    " AS newest WHERE true"
)
_ABOUNDING: Final = 20
"""With so many hits among the newest thousand, a page is found sooner along the order of time."""

_ROWS: Final = re.compile(r"rows=(\d+)")

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

    def find(
        self, executor: Executor, tenant: str, subjects: Collection[str], words: Collection[str], limit: int
    ) -> Sequence[Any] | None:
        """Ask the index for rare words, and each entry that it finds for the frequent ones.

        Where there are only such, a subject's entries are walked, and a tenant's if the newest show many hits:
        frequent words may never come together.
        """
        rare = [word for word in words if _estimated(executor, tenant, word) <= _FREQUENT]
        if not rare and (subjects or _abound(executor, tenant, words)):
            return None
        leading = rare or words
        others = [word for word in words if word not in leading]
        hits = f"{_HITS}{_OF_SUBJECTS if subjects else ''}{_HAVING_WORD * len(others)}"
        values = [_query(tenant, leading), *([_path(subjects)] if subjects else ()), *(f" {word}" for word in others)]
        # planned for all hits: for a few of them the server may read the table from its beginning
        statement = f"WITH hits AS MATERIALIZED ({hits}) SELECT id FROM hits LIMIT ?"
        return [id for (id,) in executor.run(statement, ((*values, limit),))]


def _estimated(executor: Executor, tenant: str, word: str) -> int:
    """Return how many entries have a word by the server's statistics; one that these do not know is rare."""
    [(plan,), *_] = executor.run(f"EXPLAIN {_HITS}", ((_query(tenant, [word]),),))
    return int(_ROWS.findall(plan)[0])


def _abound(executor: Executor, tenant: str, words: Collection[str]) -> bool:
    """Tell whether many of a tenant's newest entries have all words."""
    values = (tenant, *(f" {word}" for word in words))
    [(number,)] = executor.run(f"{_NEWEST}{_HAVING_WORD * len(words)}", (values,))
    return bool(number >= _ABOUNDING)


def _build(executor: Executor, name: str, table: str) -> None:
    """Build an index while others go on writing; what a run that was cut off left of it is built anew."""
    if executor.run(_INVALID, ((name,),)):
        _drop(executor, name)
    executor.run(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {table} {_ON_WORDS}")


def _drop(executor: Executor, name: str) -> None:
    executor.run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def _query(tenant: str, words: Collection[str]) -> str:
    """Return what asks for entries that have all words, by their beginnings."""
    before = tenant.replace(" ", "/")
    return " & ".join([f"{_quoted(f'{before}/{word}')}:*" for word in words])


def _path(subjects: Collection[str]) -> str:
    """Return what asks for entries that are linked to one of these."""
    return " || ".join([f"$[*] == {orjson.dumps(ref).decode()}" for ref in subjects])


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


SEARCH_INDEX: Final = _WordsOfEntries()
