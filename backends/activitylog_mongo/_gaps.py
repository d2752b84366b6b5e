"""Gaps to aggregations: in each thread the turns between incoming and outgoing entries, each beside the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from activitylog.storage import Field, Gap, Query, spoken
from activitylog_mongo._bounds import parts_of
from activitylog_mongo._codec import Stored
from activitylog_mongo._count import key_of
from activitylog_mongo._paths import expression
from activitylog_mongo._ways import Way, way_of, ways_filter
from activitylog_mongo._where import Filter

__all__ = ["Gaps"]


@frozen
class Gaps:
    """Gaps that were asked for: gives their stages, and reads what comes of them."""

    query: Query
    by: Sequence[Field]
    aliases: Mapping[str, str]

    def way(self, *, searchable: bool) -> Way:
        """Return the way to the entries that take part."""
        return way_of(spoken(self.query), None, searchable=searchable)

    def stages(self, way: Way, visible: Filter) -> list[Stored]:
        """Return the pipeline, over ``visible`` entries."""
        query = spoken(self.query)
        found = {**ways_filter(query, way, [{}], parts_of(query.where)), **visible}
        return [
            {"$match": found},
            {"$project": self._columns()},
            {"$unwind": "$ref"},
            *([{"$set": {"ref": self._aliased()}}] if self.aliases else []),
            _beside("before", "$direction", -1),
            {"$match": {"$expr": {"$ne": ["$before", "$direction"]}}},
            _beside("answer", {"at": "$at", "id": "$id", "key": "$key"}, 1),
            {"$match": {"direction": "incoming"}},
            # of several answers the earliest is the least, and null is none
            {
                "$group": {
                    "_id": "$id",
                    "at": {"$first": "$at"},
                    "key": {"$first": "$key"},
                    "answer": {"$min": "$answer"},
                }
            },
            {
                "$project": {
                    "_id": False,
                    "key": {"$ifNull": ["$answer.key", "$key"]},
                    "wait": {"$subtract": ["$answer.at", "$at"]},
                }
            },
        ]

    def read(self, found: Iterable[Stored]) -> Iterator[Gap]:
        """Yield the gaps that came of the pipeline."""
        for one in found:
            yield Gap(tuple(map(key_of, self.by, one["key"])), one["wait"])

    def _columns(self) -> Stored:
        conversation = expression(Field.CONVERSATION)
        return {
            "_id": False,
            "at": "$occurred_at",
            "id": "$_id.id",
            "direction": True,
            "conversation": conversation,
            "ref": {"$cond": [{"$eq": [conversation, ""]}, expression(Field.SUBJECTS), [""]]},
            "key": [expression(name) for name in self.by],
        }

    def _aliased(self) -> Any:
        place = {"$indexOfArray": [{"$literal": list(self.aliases)}, "$ref"]}
        into = {"$arrayElemAt": [{"$literal": list(self.aliases.values())}, "$$place"]}
        return {"$let": {"vars": {"place": place}, "in": {"$cond": [{"$gte": ["$$place", 0]}, into, "$ref"]}}}


def _beside(name: str, output: Any, by: int) -> Stored:
    """Return the stage that adds something of an entry beside each in its thread."""
    return {
        "$setWindowFields": {
            "partitionBy": {"conversation": "$conversation", "ref": "$ref"},
            "sortBy": {"at": 1, "id": 1},
            "output": {name: {"$shift": {"output": output, "by": by}}},
        }
    }
