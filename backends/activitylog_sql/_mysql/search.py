"""The search index of MySQL and MariaDB: a table of words, filled by triggers.

FULLTEXT would leave out short and frequent words, and what the transaction itself has written.
"""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from typing import Final

from activitylog_sql._mysql.dialect import MYSQL
from activitylog_sql._schema import ENTRIES, WORDS
from activitylog_sql._search import WordTable

__all__ = ["SEARCH_INDEX"]

_NAMES: Final = tuple(f"{WORDS}_{event}" for event in ("insert", "update", "delete"))
_ON_INSERT, _ON_UPDATE, _ON_DELETE = _NAMES
_KNOWN: Final = f"ON DUPLICATE KEY UPDATE id = {WORDS}.id"


def _words_of(row: str) -> str:
    """Return a source of an entry's words, which hold nothing that JSON would quote."""
    column = "word VARCHAR(160) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$'"
    array = f"""concat('["', replace(substr({row}.words, 2), ' ', '","'), '"]')"""
    return f"json_table({array}, '$[*]' COLUMNS ({column})) AS w"


_ADD: Final = (
    f"INSERT INTO {WORDS} (tenant, word, id)"
    f" SELECT NEW.tenant, w.word, NEW.id FROM {_words_of('NEW')} WHERE w.word <> '' {_KNOWN}"
)
_REMOVE: Final = (
    f"DELETE FROM {WORDS} WHERE tenant = OLD.tenant AND id = OLD.id"
    f" AND word IN (SELECT CAST(w.word AS BINARY) FROM {_words_of('OLD')})"
)

_IF_CHANGED: Final = f"BEGIN IF NOT (NEW.words <=> OLD.words) THEN {_REMOVE}; {_ADD}; END IF; END"

SEARCH_INDEX: Final = WordTable(
    MYSQL,
    triggers=(
        f"CREATE TRIGGER {_ON_INSERT} AFTER INSERT ON {ENTRIES} FOR EACH ROW {_ADD}",
        f"CREATE TRIGGER {_ON_UPDATE} AFTER UPDATE ON {ENTRIES} FOR EACH ROW {_IF_CHANGED}",
        f"CREATE TRIGGER {_ON_DELETE} AFTER DELETE ON {ENTRIES} FOR EACH ROW {_REMOVE}",
    ),
    names=_NAMES,
    copy=(  # locked, so that no purge comes between reading and writing
        f"INSERT INTO {WORDS} (tenant, word, id) SELECT e.tenant, w.word, e.id FROM"
        f" (SELECT tenant, id, words FROM {ENTRIES} WHERE tenant = ? AND id > ? AND id <= ? LOCK IN SHARE MODE) AS e"
        f" STRAIGHT_JOIN {_words_of('e')} WHERE w.word <> '' {_KNOWN}"
    ),
)
