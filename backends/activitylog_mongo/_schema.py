"""The one source of the schema: numbered steps, each of which expands it or, once all have moved on, contracts it.

A library works with a store that has more *expand* steps than it knows, and refuses one with more *contract* steps.
Every index begins with the tenant, the unique ones too: a cluster that is sharded by tenant carries them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal

from attrs import frozen
from pymongo.collection import Collection
from pymongo.errors import OperationFailure

from activitylog.errors import SchemaMismatch
from activitylog_mongo._advisory import advisory_lock
from activitylog_mongo._codec import Stored
from activitylog_mongo._collections import Collections
from activitylog_mongo._paths import ID, PENDING, REWRITTEN

__all__ = ["STEPS", "Step", "is_searchable", "missing", "run_steps", "set_search_index"]

_NO_INDEX: Final = frozenset({26, 27})
"""Codes of the server: no such collection, no such index."""
_SEARCH: Final = "search"


@frozen
class Step:
    """One step of the schema, which may be run again if it was interrupted."""

    number: int
    kind: Literal["expand", "contract"]
    run: Callable[[Collections], object]


def _index(collection: Collection[Stored], name: str, *paths: str, **options: Any) -> None:
    collection.create_index([(path, 1) for path in ("tenant", *paths)], name=name, **options)


def _drop(collection: Collection[Stored], name: str) -> None:
    try:
        collection.drop_index(name)
    except OperationFailure as error:
        if error.code not in _NO_INDEX:
            raise


def _where_there(path: str) -> dict[str, Any]:
    return {"partialFilterExpression": {path: {"$exists": True}}}


def _first_indexes(collections: Collections) -> None:
    entries = collections.entries
    _index(entries, "link", "links.ref", "occurred_at", ID)
    _index(entries, "time", "occurred_at", ID)
    _index(entries, "arrival", "recorded_at", ID)
    _index(entries, "actor", "actor.ref", "occurred_at", ID)
    _index(entries, "batch", "batch", "occurred_at", ID, **_where_there("batch"))
    _index(entries, "conversation", "conversation", "occurred_at", ID, **_where_there("conversation"))
    _index(entries, "assignee", "assignee.ref", "due_at", ID, **_where_there("assignee.ref"))
    _index(entries, "key", "idempotency_key", unique=True, **_where_there("idempotency_key"))
    _index(entries, "pending", PENDING, **_where_there(PENDING))
    _index(collections.versions, "version", "entry", REWRITTEN, "version", unique=True)
    _index(collections.documents, "name", "kind", "name", unique=True)


def _index_for_viewers(collections: Collections) -> None:
    _index(collections.entries, "audience", "links.ref", "audience", "occurred_at", ID)


def _index_for_each_filter(collections: Collections) -> None:
    _index(collections.entries, "link_type", "links.ref", "type", "occurred_at", ID)
    _index(collections.entries, "link_actor", "links.ref", "actor.ref", "occurred_at", ID)
    _index(collections.entries, "link_status", "links.ref", "status", "occurred_at", ID, **_where_there("status"))


STEPS: Final = (
    Step(1, "expand", _first_indexes),
    Step(2, "expand", _index_for_viewers),
    Step(4, "expand", _index_for_each_filter),  # 3 was in no release: it made an index that this one is better than
)


def missing(collections: Collections, steps: tuple[Step, ...] = STEPS) -> list[Step]:
    """Return the steps that the store lacks.

    Raises:
        SchemaMismatch: the store has a contract step that this library does not know.
    """
    found = {line["_id"]: line["kind"] for line in collections.schema.find({"kind": {"$exists": True}})}
    newest = steps[-1].number
    beyond = [number for number, kind in found.items() if kind == "contract" and number > newest]
    if beyond:
        raise SchemaMismatch(
            f"the store's schema is at contract step {max(beyond)} and this library knows steps up to {newest}: "
            "upgrade activitylog before you use this store"
        )
    return [step for step in steps if step.number not in found]


def run_steps(collections: Collections, *, steps: tuple[Step, ...] = STEPS) -> None:
    """Run the steps that the store lacks, one process at a time; safe to repeat, also after a crash in the midst."""
    if not missing(collections, steps):
        return
    with advisory_lock(collections.schema):
        for step in missing(collections, steps):
            step.run(collections)
            line = {"kind": step.kind, "applied_at": datetime.now(UTC).replace(microsecond=0)}
            collections.schema.replace_one({"_id": step.number}, line, upsert=True)


def is_searchable(collections: Collections) -> bool:
    """Tell whether there is an index of the words."""
    return collections.schema.find_one({"_id": _SEARCH}) is not None


def set_search_index(collections: Collections, wanted: bool) -> None:
    """Create or remove the index of the words, which follows all writes by itself; safe to repeat."""
    with advisory_lock(collections.schema):
        if wanted:
            _index(collections.entries, "words", "words")
            collections.schema.replace_one({"_id": _SEARCH}, {}, upsert=True)
            return
        collections.schema.delete_one({"_id": _SEARCH})
        _drop(collections.entries, "words")
