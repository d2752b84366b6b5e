"""The floor on MongoDB: pymongo, one document per entry, confirmed by the journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import MongoClient

from activitylog.storage import Record
from activitylog_mongo._codec import CODEC, to_entry
from activitylog_mongo._collections import ENTRIES
from benchmarks.floor import Floor

_NEWEST = [("occurred_at", -1), ("_id.id", -1)]
_WEEK = {"$dateTrunc": {"date": "$occurred_at", "unit": "week", "startOfWeek": "monday"}}
_SHOWN = {"words": False, "digest": False}


def _beside(name: str, output: str, by: int) -> dict[str, Any]:
    window = {"partitionBy": "$thread", "sortBy": {"at": 1, "_id.id": 1}}
    return {"$setWindowFields": {**window, "output": {name: {"$shift": {"output": output, "by": by}}}}}


class MongoDBFloor(Floor):
    """A client of one thread."""

    def __init__(self, url: str) -> None:
        self._client: MongoClient[Any] = MongoClient(url, w=1, journal=True)
        self._entries = self._client.get_default_database().get_collection(ENTRIES, CODEC)

    def rows(self, record: Record) -> dict[str, Any]:
        return to_entry(record)

    def write(self, rows: dict[str, Any]) -> None:
        self._entries.insert_one(rows)

    def write_many(self, many: Sequence[dict[str, Any]]) -> None:
        self._entries.insert_many(many)

    def page(self, tenant: str, ref: str, limit: int, after: Any = None) -> list[Any]:
        asked: dict[str, Any] = {"tenant": tenant, "links.ref": ref, "deleted_at": None, "archived_at": None}
        if after is not None:
            at, id = after
            asked["occurred_at"] = {"$lte": at}
            asked["$or"] = [{"occurred_at": {"$lt": at}}, {"_id.id": {"$lt": id}}]
        return list(self._entries.find(asked, _SHOWN).sort(_NEWEST).limit(limit))

    def position(self, row: dict[str, Any]) -> tuple[Any, Any]:
        return row["occurred_at"], row["_id"]["id"]

    def weeks(self, tenant: str) -> list[Any]:
        return self._counted(tenant, _WEEK)

    def types_by_week(self, tenant: str) -> list[Any]:
        return self._counted(tenant, {"type": "$type", "week": _WEEK})

    def _counted(self, tenant: str, by: Any) -> list[Any]:
        asked = {"tenant": tenant, "deleted_at": None, "archived_at": None, "type": {"$ne": "timeline.viewed"}}
        return list(self._entries.aggregate([{"$match": asked}, {"$group": {"_id": by, "count": {"$sum": 1}}}]))

    def waits(self, tenant: str) -> list[Any]:
        asked = {"tenant": tenant, "deleted_at": None, "archived_at": None, "type": {"$ne": "timeline.viewed"}}
        subjects = {"$filter": {"input": "$links", "cond": {"$eq": ["$$this.role", "subject"]}}}
        refs = {"$map": {"input": subjects, "in": "$$this.ref"}}
        thread = {"$cond": [{"$ifNull": ["$conversation", False]}, ["$conversation"], refs]}
        stages = [
            {"$match": {**asked, "direction": {"$in": ["incoming", "outgoing"]}}},
            {"$project": {"at": "$occurred_at", "direction": True, "thread": thread}},
            {"$unwind": "$thread"},
            _beside("earlier", "$direction", -1),
            {"$match": {"$expr": {"$ne": ["$earlier", "$direction"]}}},
            _beside("answer", "$at", 1),
            {"$match": {"direction": "incoming"}},
            {"$group": {"_id": "$_id", "at": {"$first": "$at"}, "answer": {"$min": "$answer"}}},
            {"$group": {"_id": None, "count": {"$sum": 1}, "mean": {"$avg": {"$subtract": ["$answer", "$at"]}}}},
        ]
        return list(self._entries.aggregate(stages, allowDiskUse=True))

    def close(self) -> None:
        self._client.close()
