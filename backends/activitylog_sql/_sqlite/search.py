"""SQLite's search index: a table of words, filled by triggers."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from typing import Final

from activitylog_sql._schema import ENTRIES, WORDS
from activitylog_sql._search import WordTable
from activitylog_sql._sqlite.dialect import SQLITE

__all__ = ["SEARCH_INDEX"]

_NAMES: Final = tuple(f"{WORDS}_{event}" for event in ("insert", "update", "delete"))
_ON_INSERT, _ON_UPDATE, _ON_DELETE = _NAMES


def _words_of(row: str) -> str:
    """Return a source of an entry's words, which hold nothing that JSON would quote."""
    return f"""json_each('["' || replace(substr({row}.words, 2), ' ', '","') || '"]') AS w"""


_ADD: Final = (
    f"INSERT OR IGNORE INTO {WORDS} (tenant, word, id)"
    f" SELECT NEW.tenant, w.value, NEW.id FROM {_words_of('NEW')} WHERE w.value <> '';"
)
_REMOVE: Final = (
    f"DELETE FROM {WORDS} WHERE tenant = OLD.tenant AND id = OLD.id"
    f" AND word IN (SELECT w.value FROM {_words_of('OLD')});"
)

SEARCH_INDEX: Final = WordTable(
    SQLITE,
    triggers=(
        f"CREATE TRIGGER IF NOT EXISTS {_ON_INSERT} AFTER INSERT ON {ENTRIES} BEGIN {_ADD} END",
        f"CREATE TRIGGER IF NOT EXISTS {_ON_UPDATE} AFTER UPDATE OF words ON {ENTRIES} BEGIN {_REMOVE} {_ADD} END",
        f"CREATE TRIGGER IF NOT EXISTS {_ON_DELETE} AFTER DELETE ON {ENTRIES} BEGIN {_REMOVE} END",
    ),
    names=_NAMES,
    copy=(
        f"INSERT OR IGNORE INTO {WORDS} (tenant, word, id) SELECT e.tenant, w.value, e.id"
        f" FROM {ENTRIES} AS e CROSS JOIN {_words_of('e')}"
        " WHERE e.tenant = ? AND e.id > ? AND e.id <= ? AND w.value <> ''"
    ),
)
