"""Redaction: what of an entry is shown to a viewer who may only know that there was one.

Shown are its type with its category, its times of occurring and recording, its actor and its id, and that it is about
the subjects that were asked for. Everything else is hidden, and a condition on what is hidden never holds, negated or
not: else one could ask for what one cannot see.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from activitylog.changes import REDACTED
from activitylog.storage import NEVER, And, Between, Field, Has, In, Not, Or, Record, Where

__all__ = ["SHOWN", "blanked", "is_redacted", "known"]

SHOWN: Final = frozenset({Field.ID, Field.TYPE, Field.CATEGORY, Field.OCCURRED_AT, Field.RECORDED_AT, Field.ACTOR})
"""The fields that are not hidden."""


def known(where: Where, subjects: Collection[str], *, negated: bool = False) -> Where:
    """Return the condition in negation normal form, with never in place of every literal over what is hidden."""
    match where:
        case Not(part=part):
            return known(part, subjects, negated=not negated)
        case And(parts=parts) | Or(parts=parts):
            kind = And if isinstance(where, And) is not negated else Or
            return kind(known(part, subjects, negated=negated) for part in parts)
        case _ if not _is_shown(where, subjects):
            return NEVER
        case _:
            return Not(where) if negated else where


def _is_shown(literal: Where, subjects: Collection[str]) -> bool:
    match literal:
        case In(name=name) | Between(name=name):
            return name in SHOWN
        case Has(name=Field.SUBJECTS | Field.LINKS, values=values):
            return values.issubset(subjects)
        case _:
            return False


def blanked(record: Record) -> Record:
    """Return what is shown of an entry; its action says that it is redacted."""
    return Record(
        id=record.id,
        tenant=record.tenant,
        type=record.type,
        category=record.category,
        actor=record.actor,
        occurred_at=record.occurred_at,
        recorded_at=record.recorded_at,
        modified_at=record.recorded_at,
        modified_by=record.actor,
        action=REDACTED,
    )


def is_redacted(record: Record) -> bool:
    """Tell whether the record is what ``blanked`` leaves."""
    return record.action == REDACTED
