"""The one source of the schema: numbered steps, each of which expands it or, once all have moved on, contracts it.

A library works with a store that has more *expand* steps than it knows, and refuses one with more *contract* steps.
Every key begins with the tenant; no table refers to one of the host's; nothing counts up. Times and ids are text,
whatever the driver would make of other types, so that every cursor gives them back alike.
"""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, Literal

from attrs import frozen

from activitylog.errors import SchemaMismatch
from activitylog_sql._executor import Executor

__all__ = ["DOCUMENTS", "ENTRIES", "LINKS", "STEPS", "VERSIONS", "Step", "include_object", "missing", "run_steps"]

ENTRIES: Final = "activitylog_entries"
LINKS: Final = "activitylog_links"
VERSIONS: Final = "activitylog_versions"
DOCUMENTS: Final = "activitylog_documents"
SCHEMA: Final = "activitylog_schema"
_OURS: Final = frozenset({ENTRIES, LINKS, VERSIONS, DOCUMENTS, SCHEMA})


@frozen
class Step:
    """One step of the schema: its statements run in one transaction."""

    number: int
    kind: Literal["expand", "contract"]
    statements: tuple[str, ...]


_ENTRIES_TABLE = f"""CREATE TABLE {ENTRIES} (
    id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    category TEXT NOT NULL,
    channel TEXT NOT NULL,
    direction TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_label TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    behalf TEXT NOT NULL,
    behalf_label TEXT NOT NULL,
    behalf_role TEXT NOT NULL,
    team TEXT NOT NULL,
    assignee TEXT NOT NULL,
    assignee_label TEXT NOT NULL,
    assignee_role TEXT NOT NULL,
    status TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    source TEXT NOT NULL,
    source_label TEXT NOT NULL,
    source_role TEXT NOT NULL,
    batch TEXT NOT NULL,
    conversation TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    template TEXT NOT NULL,
    visibility TEXT NOT NULL,
    audience TEXT NOT NULL,
    idempotency_key TEXT,
    pinned INTEGER NOT NULL,
    held INTEGER NOT NULL,
    archive_at TEXT NOT NULL,
    purge_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    modified_at TEXT NOT NULL,
    modified_by TEXT NOT NULL,
    modified_by_label TEXT NOT NULL,
    modified_by_role TEXT NOT NULL,
    modified_behalf TEXT NOT NULL,
    modified_behalf_label TEXT NOT NULL,
    modified_behalf_role TEXT NOT NULL,
    action TEXT NOT NULL,
    comment TEXT NOT NULL,
    deleted_at TEXT NOT NULL,
    archived_at TEXT NOT NULL,
    readers TEXT NOT NULL,
    editors TEXT NOT NULL,
    tags TEXT NOT NULL,
    files TEXT NOT NULL,
    links TEXT NOT NULL,
    title TEXT NOT NULL,
    note TEXT NOT NULL,
    data TEXT NOT NULL,
    changes TEXT NOT NULL,
    context TEXT NOT NULL,
    digest TEXT NOT NULL,
    words TEXT NOT NULL
)"""

_LINKS_TABLE = f"""CREATE TABLE {LINKS} (
    tenant TEXT NOT NULL,
    ref TEXT NOT NULL,
    occurred_at TEXT NOT NULL,
    id TEXT NOT NULL,
    role TEXT NOT NULL,
    type TEXT NOT NULL,
    category TEXT NOT NULL,
    channel TEXT NOT NULL,
    direction TEXT NOT NULL,
    actor TEXT NOT NULL,
    assignee TEXT NOT NULL,
    status TEXT NOT NULL,
    team TEXT NOT NULL,
    audience TEXT NOT NULL,
    pinned INTEGER NOT NULL,
    deleted_at TEXT NOT NULL,
    archived_at TEXT NOT NULL,
    held INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    archive_at TEXT NOT NULL,
    purge_at TEXT NOT NULL,
    PRIMARY KEY (tenant, ref, occurred_at, id)
) WITHOUT ROWID"""

_VERSIONS_TABLE = f"""CREATE TABLE {VERSIONS} (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (tenant, id, version)
)"""

_DOCUMENTS_TABLE = f"""CREATE TABLE {DOCUMENTS} (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, name)
)"""

_SCHEMA_TABLE = f"""CREATE TABLE IF NOT EXISTS {SCHEMA} (
    number INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    applied_at TEXT NOT NULL
)"""


def _index(name: str, *columns: str, unique: bool = False, where: str = "") -> str:
    kind = "UNIQUE INDEX" if unique else "INDEX"
    return f"CREATE {kind} {ENTRIES}_{name} ON {ENTRIES} (tenant, {', '.join(columns)}){where and f' WHERE {where}'}"


STEPS: Final = (
    Step(
        1,
        "expand",
        (
            _ENTRIES_TABLE,
            _index("id", "id", unique=True),
            _index("key", "idempotency_key", unique=True, where="idempotency_key IS NOT NULL"),
            _index("occurred", "occurred_at", "id"),
            _index("recorded", "recorded_at", "id"),
            _index("actor", "actor", "occurred_at", "id"),
            _index("batch", "batch", "occurred_at", "id", where="batch <> ''"),
            _index("conversation", "conversation", "occurred_at", "id", where="conversation <> ''"),
            _index("assignee", "assignee", "due_at", "id", where="assignee <> ''"),
            _LINKS_TABLE,
            _VERSIONS_TABLE,
            _DOCUMENTS_TABLE,
        ),
    ),
)


def missing(executor: Executor, *, present: bool, steps: tuple[Step, ...] = STEPS) -> list[Step]:
    """Return the steps that the store lacks; ``present`` tells whether it has its table of steps.

    Raises:
        SchemaMismatch: the store has a contract step that this library does not know.
    """
    found = dict(executor.run(f"SELECT number, kind FROM {SCHEMA}")) if present else {}
    newest = steps[-1].number
    beyond = [number for number, kind in found.items() if kind == "contract" and number > newest]
    if beyond:
        raise SchemaMismatch(
            f"the store's schema is at contract step {max(beyond)} and this library knows steps up to {newest}: "
            "upgrade activitylog before you use this store"
        )
    return [step for step in steps if step.number not in found]


def run_steps(executor: Executor, *, steps: tuple[Step, ...] = STEPS) -> None:
    """Run the steps that the store lacks, in the caller's transaction; safe to repeat."""
    executor.run(_SCHEMA_TABLE)
    for step in missing(executor, present=True, steps=steps):
        for statement in step.statements:
            executor.run(statement)
        now = datetime.now(UTC).isoformat(" ", "seconds")[:-6]
        executor.run(
            f"INSERT INTO {SCHEMA} (number, kind, applied_at) VALUES (?, ?, ?)", [(step.number, step.kind, now)]
        )


def include_object(obj: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    """Tell Alembic's autogenerate to leave our tables alone: pass it to ``context.configure(include_object=…)``."""
    table = name if type_ == "table" else getattr(getattr(obj, "table", None), "name", None)
    return table not in _OURS
