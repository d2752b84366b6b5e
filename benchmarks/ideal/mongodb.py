"""The ideal collection on MongoDB: pymongo, one document for an entry with all its subjects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from pymongo import MongoClient
from uuid_utils.compat import uuid7

from activitylog import Ref
from benchmarks.contender import PAGE, Contender, Read
from benchmarks.facts import TENANT, Fact

__all__ = ["MongoDBCollection", "MongoDBSkip"]

_NEWEST = [("occurred_at", -1), ("_id", -1)]
_CODEC: CodecOptions[Any] = CodecOptions(tz_aware=True, uuid_representation=UuidRepresentation.STANDARD)


class MongoDBCollection(Contender):
    """A client of one thread, confirmed by the journal."""

    def __init__(self, url: str) -> None:
        self._client: MongoClient[Any] = MongoClient(url, w=1, journal=True)
        self.entries = self._client.get_default_database().get_collection("timeline", _CODEC)
        self.entries.create_index([("tenant", 1), ("subjects.ref", 1), ("occurred_at", 1), ("_id", 1)])
        keyed = {"idempotency_key": {"$exists": True}}
        self.entries.create_index([("tenant", 1), ("idempotency_key", 1)], unique=True, partialFilterExpression=keyed)

    def prepared(self, fact: Fact) -> dict[str, Any]:
        now = datetime.now(UTC)
        document = {
            "_id": uuid7(),
            "tenant": TENANT,
            "subjects": [{"ref": str(subject), "label": subject.label} for subject in fact.subjects],
            "type": fact.type,
            "actor": {"ref": str(fact.actor.ref), "label": fact.actor.label},
            "occurred_at": fact.at or now,
            "recorded_at": now,
            "note": fact.note,
        }
        return document if fact.key is None else {**document, "idempotency_key": fact.key}

    def record(self, fact: dict[str, Any]) -> None:
        self.entries.insert_one(fact)

    def record_many(self, facts: Sequence[dict[str, Any]]) -> None:
        self.entries.insert_many(facts)

    def page(self, subject: Ref, number: int) -> Read:
        asked: dict[str, Any] = {"tenant": TENANT, "subjects.ref": str(subject)}
        if number > 1:
            *_, last = self.entries.find(asked).sort(_NEWEST).limit((number - 1) * PAGE)
            at, id = last["occurred_at"], last["_id"]
            asked["occurred_at"] = {"$lte": at}
            asked["$or"] = [{"occurred_at": {"$lt": at}}, {"_id": {"$lt": id}}]
        return lambda: list(self.entries.find(asked).sort(_NEWEST).limit(PAGE))

    def close(self) -> None:
        self._client.close()


class MongoDBSkip(MongoDBCollection):
    """The same, but pages are found by ``skip``."""

    def page(self, subject: Ref, number: int) -> Read:
        asked = {"tenant": TENANT, "subjects.ref": str(subject)}
        return lambda: list(self.entries.find(asked).sort(_NEWEST).skip((number - 1) * PAGE).limit(PAGE))
