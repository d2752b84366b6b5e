"""The raw driver of MongoDB: pymongo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from activitylog_mongo._codec import CODEC, key
from activitylog_mongo._collections import ENTRIES
from benchmarks.measure import Work
from benchmarks.scale.entries import TENANT
from benchmarks.scale.raw import Asked, Raw

__all__ = ["RawMongoDB"]

_SHOWN = {"words": False, "digest": False}
_NO_SUCH_ENGINE = 224
"""What a small build says to some plans without the right index: it is left the walk through all entries."""
_PATHS = {"actor": "actor.ref", "assignee": "assignee.ref"}
_WEEK = {"$dateTrunc": {"date": "$occurred_at", "unit": "week", "startOfWeek": "monday"}}


class RawMongoDB(Raw):
    """A client of one thread, whose writes are confirmed by the journal."""

    def __init__(self, url: str) -> None:
        self._client: MongoClient[Any] = MongoClient(url, w=1, journal=True)
        self._database = self._client.get_default_database()
        self._entries = self._database.get_collection(ENTRIES, CODEC)
        self._versions = self._database.get_collection("activitylog_versions", CODEC)

    def page(self, asked: Asked, after: Any = None) -> list[Any]:
        where = _there(asked.ref) | {_PATHS.get(name, name): value for name, value in asked.where.items()}
        down, before = (-1, "$lt") if asked.newest_first else (1, "$gt")
        if after is not None:
            at, id = after
            beyond = [{asked.order: {before: at}}, {asked.order: at, "_id.id": {before: id}}]
            where |= {asked.order: {f"{before}e": at}, "$or": beyond}
        return self._find(where, [(asked.order, down), ("_id.id", down)], asked.limit)

    def position(self, row: Mapping[str, Any]) -> tuple[Any, Any]:
        return row["occurred_at"], row["_id"]["id"]

    def get(self, id: UUID) -> list[Any]:
        return list(self._entries.find({"_id": key(TENANT, id)}))

    def history(self, id: UUID) -> list[Any]:
        found = self._versions.find({"tenant": TENANT, "entry": id, "rewritten": None})
        return list(found.sort("version", -1).limit(1000))

    def arrived(self, recorded_at: datetime, limit: int) -> list[Any]:
        asked = {**_there(""), "recorded_at": {"$gt": recorded_at}}
        return self._find(asked, [("recorded_at", 1), ("_id.id", 1)], limit)

    def count(self, ref: str) -> int:
        return self._entries.count_documents(_there(ref))

    def by_type_and_week(self, ref: str) -> list[Any]:
        group = {"_id": {"type": "$type", "week": _WEEK}, "count": {"$sum": 1}}
        return list(self._entries.aggregate([{"$match": _there(ref)}, {"$group": group}]))

    def by_key(self, key: str) -> list[Any]:
        return self._find({"tenant": TENANT, "idempotency_key": key}, [], 1)

    def pending(self, batch: UUID) -> list[Any]:
        return self._find({"tenant": TENANT, "pending": batch}, [], 0)

    def purge(self, ids: Sequence[UUID]) -> None:
        self._entries.delete_many({"_id": {"$in": [key(TENANT, id) for id in ids]}})
        self._versions.delete_many({"tenant": TENANT, "entry": {"$in": list(ids)}})

    def sizes(self) -> dict[str, int]:
        found = self._database.command("collStats", ENTRIES)
        return {ENTRIES: found["storageSize"], **{f"index {name}": size for name, size in found["indexSizes"].items()}}

    def indexes(self) -> dict[str, Any]:
        found = self._entries.index_information()
        return {name: dict(options) for name, options in sorted(found.items()) if name != "_id_"}

    def drop(self, index: str) -> None:
        self._entries.drop_index(index)

    def create(self, index: str, again: Mapping[str, Any]) -> None:
        options = {name: value for name, value in again.items() if name not in {"key", "v"}}
        self._entries.create_index(again["key"], name=index, **options)

    def tidy(self) -> None:
        self._client.admin.command("fsync")

    def written(self, work: Work) -> int:
        self.tidy()
        before = self._written()
        work()
        self.tidy()
        return self._written() - before

    def _written(self) -> int:
        """Return the bytes that the engine has written since it began: of its journal, and of its files."""
        engine = self._client.admin.command("serverStatus")["wiredTiger"]
        return int(engine["log"]["log bytes written"] + engine["block-manager"]["bytes written"])

    @property
    def version(self) -> str:
        return f"MongoDB {self._client.server_info()['version']}"

    def _find(self, where: Mapping[str, Any], order: Sequence[tuple[str, int]], limit: int) -> list[Any]:
        found = self._entries.find(where, _SHOWN, sort=order or None, limit=limit)
        try:
            return list(found)
        except OperationFailure as error:
            if error.code != _NO_SUCH_ENGINE:
                raise
            return list(found.clone().hint([("$natural", 1)]))

    def close(self) -> None:
        self._client.close()


def _there(ref: str) -> dict[str, Any]:
    return {"tenant": TENANT, **({"links.ref": ref} if ref else {}), "deleted_at": None, "archived_at": None}
