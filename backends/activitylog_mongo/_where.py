"""Conditions to the language of queries: one ``match`` with seven arms."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from activitylog.storage import ABSENT, And, Between, Field, Has, In, Match, Not, Or, Where
from activitylog_mongo._paths import ORDERED, path, stored

__all__ = ["NOTHING", "Filter", "after_all_with", "filter_of"]

Filter = dict[str, Any]

NOTHING: Final[Filter] = {"_id": {"$in": []}}
_LAST: Final = 0x10FFFF


def filter_of(where: Where) -> Filter:
    """Return the filter that finds exactly the entries for which the condition holds."""
    match where:
        case In(name=name, values=wanted):
            return {path(name): {"$in": [stored(value) for value in wanted]}}
        case Between(name=name, ge=ge, lt=lt):
            return _between(name, ge, lt)
        case Has(name=Field.SUBJECTS, values=wanted):
            return {"links": {"$elemMatch": {"ref": {"$in": list(wanted)}, "role": "subject"}}}
        case Has(name=name, values=wanted):
            return {path(name): {"$in": list(wanted)}}
        case Match(words=words):
            return {"$and": [_begins(word) for word in sorted(words)]}
        case And(parts=parts):
            return {"$and": [filter_of(part) for part in parts]} if parts else {}
        case Or(parts=parts):
            return {"$or": [filter_of(part) for part in parts]} if parts else NOTHING
        case Not(part=part):
            return {"$nor": [filter_of(part)]}


def _between(name: Field, ge: datetime | None, lt: datetime | None) -> Filter:
    absent_too = (ge is None or ge <= ABSENT) and (lt is None or lt > ABSENT)
    if name not in ORDERED and absent_too:
        # what is not there is in no range, hence neither before the one bound nor behind the other
        beyond = [*([{name: {"$lt": ge}}] if ge else []), *([{name: {"$gte": lt}}] if lt else [])]
        return {"$nor": beyond} if beyond else {}
    bounds = {sign: bound for sign, bound in (("$gte", ge), ("$lt", lt)) if bound is not None}
    return {name: bounds} if bounds else {}


def _begins(word: str) -> Filter:
    return {"words": {"$elemMatch": {"$gte": word, **({"$lt": bound} if (bound := after_all_with(word)) else {})}}}


def after_all_with(prefix: str) -> str | None:
    """Return the least text that is greater than all texts which begin so; None, if there is none."""
    head = prefix.rstrip(chr(_LAST))
    if not head:
        return None
    following = ord(head[-1]) + 1
    return head[:-1] + chr(0xE000 if following == 0xD800 else following)
