"""The search index: it leads to the entries that have rare words, and never decides what is a hit."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final, Protocol

from attrs import evolve, frozen

from activitylog.storage import And, Field, In, Match, Query
from activitylog_sql._bounds import parts_of
from activitylog_sql._columns import Kind
from activitylog_sql._dialect import Dialect
from activitylog_sql._executor import Executor, Row
from activitylog_sql._migration import found_steps, note_step
from activitylog_sql._retrying import retried
from activitylog_sql._schema import ENTRIES, LINKS, SCHEMA, SEARCH, WORDS, Table

__all__ = ["WORDS_TABLE", "Begun", "WordIndex", "WordTable", "narrowed", "switch"]

Begun = Callable[[], AbstractContextManager[None]]
"""Gives a transaction on the connection that an executor works on."""

WORDS_TABLE: Final = Table(
    WORDS, {"tenant": Kind.KEY, "word": Kind.KEY, "id": Kind.ID}, ("tenant", "word", "id"), clustered=True
)

_RARE: Final = 2000
"""Of more hits than these, the newest are found sooner along the order of time."""
_FEW: Final = 200
"""So many entries of a subject are looked at as soon as the index is asked."""

_BATCH: Final = 200
"""Entries that are copied at once: writers of one of them wait meanwhile."""
_ATTEMPTS: Final = 50
_LAST: Final = "\U0010ffff"
"""What no word holds, and what comes after all that one can."""

_FIND: Final = (
    f"SELECT DISTINCT w.id FROM {SCHEMA} AS s"
    f" LEFT JOIN {WORDS} AS w ON w.tenant = ? AND w.word >= ? AND w.word < ? WHERE s.kind = ? LIMIT ?"
)
"""Gives no row where the table of steps does not say, in the same moment, that the words are complete."""


class WordIndex(Protocol):
    """An index that the database keeps up to date by itself, whoever writes."""

    def add(self, executor: Executor, begun: Begun) -> None:
        """Create the index, of what is there and of what will be; a run that was cut off is completed by another."""

    def remove(self, executor: Executor) -> None:
        """Remove the index, or what is there of it."""

    def find(
        self, executor: Executor, tenant: str, subjects: Collection[str], words: Collection[str], limit: int
    ) -> Sequence[Any] | None:
        """Return the ids of entries that may have all words, and one of the subjects if there are any.

        ``limit`` ids at most are returned; None if the index is not complete, or is sure to find too many.
        """


def switch(index: WordIndex, dialect: Dialect, executor: Executor, begun: Begun, *, on: bool) -> None:
    """Add the index or remove it; the table of steps says that it is there only as long as it is complete."""
    there = SEARCH in found_steps(executor, dialect).values()
    if on and not there:
        index.add(executor, begun)
        with begun():
            note_step(executor, dialect, 0, SEARCH)
    elif not on:
        with begun():
            executor.run(f"DELETE FROM {SCHEMA} WHERE kind = ?", ((SEARCH,),))
        index.remove(executor)


def narrowed(index: WordIndex, dialect: Dialect, executor: Executor, query: Query) -> Query:
    """Return the query, limited to the entries that the index finds for its words if these are few.

    A subject whose entries are few needs no index, and more hits than it has entries lead nowhere.
    """
    words = frozenset[str]().union(*(part.words for part in parts_of(query.where) if isinstance(part, Match)))
    if not words:
        return query
    limit = _RARE + 1
    if query.subjects and (limit := _links_of(dialect, executor, query, limit)) <= _FEW:
        return query
    found = index.find(executor, query.tenant, query.subjects, words, limit)
    if found is None or len(found) >= limit:
        return query
    return evolve(query, where=And((In(Field.ID, map(dialect.read_id, found)), query.where)))


def _links_of(dialect: Dialect, executor: Executor, query: Query, limit: int) -> int:
    """Return how many links the query's subjects have together, or ``limit``."""
    refs, values = dialect.among("ref", query.subjects)
    some = f"SELECT 1 FROM {LINKS} WHERE tenant = ? AND {refs} LIMIT ?"
    [(number,)] = executor.run(f"SELECT count(*) FROM ({some}) AS found", ((query.tenant, *values, limit),))
    return int(number)


@frozen
class WordTable:
    """A table of words, which triggers on the entries fill."""

    dialect: Dialect
    triggers: Sequence[str]
    """The statements that create them."""
    names: Sequence[str]
    copy: str
    """The statement that adds the words of a tenant's entries after one id and up to another."""

    def add(self, executor: Executor, begun: Begun) -> None:
        """Begin with the triggers: what is written from then on is there twice at most, and that is once."""
        with begun():
            if not self.dialect.has_table(executor, WORDS):
                for statement in self.dialect.create_table(WORDS_TABLE):
                    self.dialect.change(executor, statement)
            for statement in self.triggers:
                self.dialect.change(executor, statement)
        tenant = ""
        while tenants := executor.run(self.dialect.tenants, ((tenant, _BATCH),)):
            for (tenant,) in tenants:
                self._fill(executor, begun, tenant)

    def _fill(self, executor: Executor, begun: Begun, tenant: str) -> None:
        part = f"SELECT id FROM {ENTRIES} WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?"
        done = self.dialect.lowest_id
        while ids := executor.run(part, ((tenant, done, _BATCH),)):
            upto = ids[-1][0]
            retried(partial(self._copy, executor, begun, (tenant, done, upto)), times=_ATTEMPTS)
            done = upto

    def _copy(self, executor: Executor, begun: Begun, part: Row) -> None:
        with begun():
            executor.run(self.copy, (part,))

    def remove(self, executor: Executor) -> None:
        for name in self.names:
            executor.run(f"DROP TRIGGER IF EXISTS {name}")
        executor.run(f"DROP TABLE IF EXISTS {WORDS}")

    def find(
        self, executor: Executor, tenant: str, subjects: Collection[str], words: Collection[str], limit: int
    ) -> Sequence[Any] | None:
        """Look for the longest word first: it is the rarest, more often than not."""
        found: list[Any] = []
        for word in sorted(words, key=len, reverse=True):
            found = executor.run(_FIND, ((tenant, word, word + _LAST, SEARCH, limit),))
            if not found:  # another process has begun to remove it, or to make it anew
                return None
            if len(found) < limit:
                break
        return [id for (id,) in found if id is not None]
