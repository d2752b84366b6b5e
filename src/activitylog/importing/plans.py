"""The documents of plans in an export: whether they are as a log would have written them."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final, get_args

import orjson

from activitylog.importing.checking import check_changes, check_file
from activitylog.limits import COMMENT, IDENTIFIER, checked_text
from activitylog.payload import decoded, encoded
from activitylog.plans.assigning import Assignment
from activitylog.plans.parts import Part, Row
from activitylog.plans.prototype import draft_of
from activitylog.plans.stored import Head, Mode, checked_id
from activitylog.storage import Document
from activitylog.times import instant

__all__ = ["is_part", "is_plan", "is_progress"]

_STRATEGIES: Final = ("random", "in_turn", "rule")


def is_plan(document: Document, body: Mapping[str, Any]) -> bool:
    """Tell whether this is the head of a plan; what cannot even be read raises whatever it does."""
    head = Head.from_json(document.body or "")
    bits = (head.rows + 7) // 8
    if head.prototype is not None:
        _check_draft(head.prototype)
    if head.begun_at is not None:
        instant("begun_at", head.begun_at, UTC)
    return (
        document.name == checked_id(document.name)
        and decoded(head.to_json()) == body
        and head.mode in get_args(Mode)
        and _is_count(head.parts)
        and _is_count(head.rows)
        and all(len(b64decode(body[name])) == bits for name in ("open", "selected"))
        and (head.activity is not None or head.mode == "each")
        and (head.assignment is None or _is_assignment(head.assignment, head.rows))
    )


def is_progress(document: Document, body: Mapping[str, Any]) -> bool:
    """Tell whether this is the progress of a plan."""
    return (
        document.name == checked_id(document.name)
        and body.keys() == {"parts", "undone"}
        and _is_count(body["parts"])
        and isinstance(body["undone"], bool)
    )


def is_part(document: Document, body: Mapping[str, Any]) -> bool:
    """Tell whether this is a part of a plan's contacts; what cannot even be read raises whatever it does."""
    plan, _, number = document.name.partition(":")
    part = Part.from_dict(body)
    return (
        plan == checked_id(plan)
        and number == f"{int(number):06}"
        and body.keys() == {"start", "rows"}
        and _is_count(part.start)
        and [row.to_json() for row in part.rows] == list(map(orjson.dumps, body["rows"]))
        and all(map(_is_row, part.rows))
    )


def _is_row(row: Row) -> bool:
    checked_text("reason", row.reason, COMMENT)
    if row.draft is not None:
        _check_draft(row.draft)
    return row.first is None or _is_count(row.first)


def _is_assignment(assignment: Assignment, rows: int) -> bool:
    picks = 2 * rows if assignment.strategy == "rule" else 0
    checked_text("seed", assignment.seed, IDENTIFIER)
    return bool(assignment.agents) and assignment.strategy in _STRATEGIES and len(assignment.picks) == picks


def _check_draft(stored: Mapping[str, Any]) -> None:
    draft = draft_of(stored)
    checked_text("template", draft.template, IDENTIFIER)
    for attachment in draft.attachments:
        check_file(attachment)
    check_changes("" if draft.changes is None else encoded(draft.changes))


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0
