"""What is done about batches whose writer is not heard of any more: finished if they are whole, else undone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from attrs import frozen
from pymongo import ReplaceOne

from activitylog_mongo._codec import Stored, key
from activitylog_mongo._collections import UNANSWERED, Collections
from activitylog_mongo._entries import Entries
from activitylog_mongo._journal import Journal
from activitylog_mongo._paths import PENDING, REWRITTEN

__all__ = ["STAGED", "Recovery"]

STAGED: Final = "staged"
"""Marks, among the versions, what ``rewrite`` is to put in place of an entry."""
_UNMARKED: Final = {"$unset": {PENDING: ""}}


@frozen
class Recovery:
    """Finishes and undoes batches; every step of it may be repeated, by several at once."""

    collections: Collections
    journal: Journal

    def run(self) -> None:
        """See to all batches whose time is over, and to entries of batches that nobody knows of."""
        overdue = self.journal.overdue()
        for line in overdue:
            self._see_to(line)
        self._clear([line for line in overdue if (line["state"], line["kind"]) == ("done", "append")])
        self.journal.forget([line["_id"] for line in overdue if line["state"] != "writing"])
        shown = {"_id": False, "tenant": True, PENDING: True}
        marked = self.collections.entries.find({PENDING: {"$exists": True}}, shown, hint="pending")
        found = {entry[PENDING]: entry["tenant"] for entry in marked}
        if found:
            known = {
                line["_id"] for line in self.collections.batches.find({"_id": {"$in": list(found)}}, {"_id": True})
            }
            for id in found.keys() - known:
                self._remove_marked(id, found[id])

    def undo(self, id: UUID, tenant: str, ids: Sequence[UUID] = ()) -> None:
        """Take a batch back, unless it is whole: the line says so first. ``ids`` are of entries it was to change."""
        if self.journal.give_up(id):
            self._remove_marked(id, tenant)
            self._remove_staged(id, tenant, ids)

    def clear(self, id: UUID, tenant: str) -> None:
        """Have the marks taken from the entries of a whole batch, without waiting for it."""
        entries = self.collections.entries.with_options(write_concern=UNANSWERED)
        entries.update_many({"tenant": tenant, PENDING: id}, _UNMARKED, hint="pending")

    def put_in_place(self, id: UUID, tenant: str, ids: Sequence[UUID]) -> None:
        """Put what is staged in place of the entries, then remove what was valid before."""
        collections = self.collections
        of_these = {"tenant": tenant, "entry": {"$in": list(ids)}}
        staged = collections.versions.find({**of_these, REWRITTEN: id, STAGED: True})
        writes: list[ReplaceOne[Stored]] = [
            ReplaceOne({"_id": key(tenant, made["entry"]), "tenant": tenant, REWRITTEN: {"$ne": id}}, _entry(made))
            for made in staged
        ]
        if writes:
            collections.entries.bulk_write(writes, ordered=False)
        keys = [key(tenant, id) for id in ids]
        done = [e["_id"]["id"] for e in collections.entries.find({"_id": {"$in": keys}, REWRITTEN: id}, {"_id": True})]
        invalid: dict[str, Any] = {"$or": [{REWRITTEN: {"$ne": id}}, {STAGED: True}]}
        collections.versions.delete_many({**of_these, "entry": {"$in": done}, **invalid})

    def _see_to(self, line: Stored) -> None:
        id, tenant, ids = line["_id"], line["tenant"], line.get("entries", ())
        match line["state"], line["kind"]:
            case "writing", _:
                self.undo(id, tenant, ids)
            case "undone", _:
                self._remove_marked(id, tenant)
                self._remove_staged(id, tenant, ids)
            case "done", "rewrite":
                self.put_in_place(id, tenant, ids)
            case "done", "purge":
                Entries(self.collections, self.journal).purge_versions(tenant, ids)

    def _clear(self, lines: Sequence[Stored]) -> None:
        for tenant, some in groupby(sorted(lines, key=_tenant), _tenant):
            whole = {"$in": [line["_id"] for line in some]}
            self.collections.entries.update_many({"tenant": tenant, PENDING: whole}, _UNMARKED, hint="pending")

    def _remove_marked(self, id: UUID, tenant: str) -> None:
        entries, marked = self.collections.entries, {"tenant": tenant, PENDING: id}
        ids = [entry["_id"]["id"] for entry in entries.find(marked, {"_id": True}, hint="pending")]
        if ids:
            self.collections.versions.delete_many({"tenant": tenant, "entry": {"$in": ids}})
            entries.delete_many(marked, hint="pending")

    def _remove_staged(self, id: UUID, tenant: str, ids: Sequence[UUID]) -> None:
        if ids:
            self.collections.versions.delete_many({"tenant": tenant, "entry": {"$in": list(ids)}, REWRITTEN: id})


def _tenant(line: Stored) -> str:
    return str(line["tenant"])


def _entry(staged: Stored) -> Stored:
    content = {name: value for name, value in staged.items() if name not in {"_id", "entry", STAGED}}
    return {"_id": key(staged["tenant"], staged["entry"]), **content}
