"""The one source of the schema: numbered steps, each of which expands it or, once all have moved on, contracts it.

A library works with a store that has more *expand* steps than it knows, and refuses one with more *contract* steps.
Every key begins with the tenant; no table refers to one of the host's; nothing counts up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from attrs import frozen

from activitylog.errors import SchemaMismatch
from activitylog_sql._columns import ENTRY_COLUMNS, LINK_COLUMNS, Kind

__all__ = [
    "DOCUMENTS",
    "ENTRIES",
    "LINKS",
    "SCHEMA",
    "SEARCH",
    "STEPS",
    "STEPS_TABLE",
    "VERSIONS",
    "WORDS",
    "Change",
    "Index",
    "LongerKey",
    "Step",
    "Table",
    "include_object",
    "missing",
    "partition_name",
]

ENTRIES: Final = "activitylog_entries"
LINKS: Final = "activitylog_links"
VERSIONS: Final = "activitylog_versions"
DOCUMENTS: Final = "activitylog_documents"
WORDS: Final = "activitylog_words"
SCHEMA: Final = "activitylog_schema"
_OURS: Final = frozenset({ENTRIES, LINKS, VERSIONS, DOCUMENTS, WORDS, SCHEMA})

_PARTITION: Final = re.compile(r"_p\d+$")

SEARCH: Final = "search index"
"""The kind under which the table of steps says, at number 0, that the search index is complete."""


@frozen
class Table:
    """A table with its primary key; ``clustered`` where rows are looked up by the key only."""

    name: str
    columns: Mapping[str, Kind]
    key: tuple[str, ...]
    key_name: str = ""
    clustered: bool = False


@frozen
class Index:
    """An index of entries by the tenant and these columns, of those rows only that fulfil ``where``."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    where: str = ""


@frozen
class LongerKey:
    """A table's key with these columns at its end, so that conditions on them are tested within the index.

    That is for a database whose rows lie elsewhere than in the order of their key; where they do, nothing changes.
    """

    table: str
    columns: tuple[str, ...]


Change = Table | Index | LongerKey


@frozen
class Step:
    """One step of the schema: tables, indexes, keys, or statements as they are."""

    number: int
    kind: Literal["expand", "contract"]
    changes: tuple[Change | str, ...]


STEPS_TABLE: Final = Table(SCHEMA, {"number": Kind.NUMBER, "kind": Kind.KEY, "applied_at": Kind.TIME}, ("number",))

_OF_LINK: Final = ("tenant", "ref", "occurred_at", "id")

STEPS: Final = (
    Step(
        1,
        "expand",
        (
            Table(ENTRIES, ENTRY_COLUMNS, ("tenant", "id"), key_name=f"{ENTRIES}_id"),
            Index("key", ("idempotency_key",), unique=True, where="idempotency_key IS NOT NULL"),
            Index("occurred", ("occurred_at", "id")),
            Index("recorded", ("recorded_at", "id")),
            Index("actor", ("actor", "occurred_at", "id")),
            Index("batch", ("batch", "occurred_at", "id"), where="batch <> ''"),
            Index("conversation", ("conversation", "occurred_at", "id"), where="conversation <> ''"),
            Index("assignee", ("assignee", "due_at", "id"), where="assignee <> ''"),
            Table(LINKS, LINK_COLUMNS, _OF_LINK, clustered=True),
            Table(
                VERSIONS,
                {"tenant": Kind.KEY, "id": Kind.ID, "version": Kind.NUMBER, "record": Kind.TEXT},
                ("tenant", "id", "version"),
            ),
            Table(
                DOCUMENTS,
                {
                    "tenant": Kind.KEY,
                    "kind": Kind.KEY,
                    "name": Kind.KEY,
                    "body": Kind.TEXT,
                    "version": Kind.NUMBER,
                },
                ("tenant", "kind", "name"),
            ),
        ),
    ),
    Step(2, "expand", (LongerKey(LINKS, (*_OF_LINK, "type", "actor", "status", "audience")),)),
)


def missing(found: Mapping[int, str], steps: tuple[Step, ...] = STEPS) -> list[Step]:
    """Return the steps that a store lacks which has ``found``: the kinds of steps by their numbers.

    Raises:
        SchemaMismatch: the store has a contract step that this library does not know.
    """
    newest = steps[-1].number
    beyond = [number for number, kind in found.items() if kind == "contract" and number > newest]
    if beyond:
        raise SchemaMismatch(
            f"the store's schema is at contract step {max(beyond)} and this library knows steps up to {newest}: "
            "upgrade activitylog before you use this store"
        )
    return [step for step in steps if step.number not in found]


def partition_name(table: str, number: int) -> str:
    """Return the name of one of the partitions of a table."""
    return f"{table}_p{number}"


def include_object(obj: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    """Tell Alembic's autogenerate to leave our tables alone: pass it to ``context.configure(include_object=…)``."""
    table = name if type_ == "table" else getattr(getattr(obj, "table", None), "name", None)
    return _PARTITION.sub("", table or "") not in _OURS
