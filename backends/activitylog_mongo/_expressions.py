"""Conditions to the language of aggregations, in which the cases of a count are told apart."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from activitylog.storage import And, Between, Has, In, Match, Not, Or, Where
from activitylog_mongo._paths import expression
from activitylog_mongo._where import after_all_with

__all__ = ["holds"]


def holds(where: Where) -> Any:
    """Return an expression that is true for exactly the entries for which the condition holds."""
    match where:
        case In(name=name, values=wanted):
            return {"$in": [expression(name), _literal(wanted)]}
        case Between(name=name, ge=ge, lt=lt):
            bounds = [(sign, bound) for sign, bound in (("$gte", ge), ("$lt", lt)) if bound is not None]
            return {"$and": [{sign: [expression(name), bound]} for sign, bound in bounds]}
        case Has(name=name, values=wanted):
            return {"$ne": [{"$setIntersection": [expression(name), _literal(wanted)]}, []]}
        case Match(words=words):
            return {"$and": [_begins(word) for word in sorted(words)]}
        case And(parts=parts):
            return {"$and": [holds(part) for part in parts]}
        case Or(parts=parts):
            return {"$or": [holds(part) for part in parts]}
        case Not(part=part):
            return {"$not": [holds(part)]}


def _begins(word: str) -> Any:
    bounds = [{"$gte": ["$$this", {"$literal": word}]}]
    if (bound := after_all_with(word)) is not None:
        bounds.append({"$lt": ["$$this", {"$literal": bound}]})
    return {"$anyElementTrue": {"$map": {"input": {"$ifNull": ["$words", []]}, "in": {"$and": bounds}}}}


def _literal(values: Collection[Any]) -> Any:
    return {"$literal": list(values)}
