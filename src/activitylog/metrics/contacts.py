"""Contacts: the entries by which two sides had to do with each other, and the stretches of time they fall into."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeGuard

from attrs import evolve

from activitylog.errors import InvalidInput
from activitylog.filters import Asked, Part, Selection
from activitylog.reader import Question
from activitylog.storage import And, Between, Field, In, Not, Or, Where
from activitylog.times import MILLISECOND

__all__ = ["INCOMING", "OUTGOING", "contacts", "moved", "narrowed", "stretch"]

INCOMING: Final[Where] = In(Field.DIRECTION, ["incoming"])
OUTGOING: Final[Where] = In(Field.DIRECTION, ["outgoing"])
_SILENT: Final[Where] = In(Field.CHANNEL, [""])


def contacts(question: Question, now: datetime) -> Question:
    """Return the question for the contacts: they have a channel, and a direction or a type that people write down.

    So an automatic reply or a bounce is none, a call that somebody noted is one. What is planned was none yet.
    """

    def contact(asked: Asked) -> Where:
        manual = [declared.name for declared in asked.types if declared.manual]
        either = Or((INCOMING, OUTGOING, In(Field.TYPE, manual)))
        return And((Not(_SILENT), either, Between(Field.OCCURRED_AT, lt=now + MILLISECOND)))

    return narrowed(question, contact)


def stretch(selection: Selection) -> tuple[datetime | None, datetime | None]:
    """Return from when to when the filters of a timeline let entries through."""
    since: datetime | None = None
    until: datetime | None = None
    for part in filter(_is_time, selection.parts):
        since = max(filter(None, (since, part.ge)), default=None)
        until = min(filter(None, (until, part.lt)), default=None)
    return since, until


def _is_time(part: Part) -> TypeGuard[Between]:
    return isinstance(part, Between) and part.name is Field.OCCURRED_AT


def moved(question: Question, since: datetime, until: datetime) -> Question:
    """Return the question for another stretch of time.

    Raises:
        InvalidInput: it ends before it begins.
    """
    if since >= until:
        raise InvalidInput("since", "the period has to begin before it ends: before until, or before now")
    parts = tuple(part for part in question.selection.parts if not _is_time(part))
    return narrowed(
        evolve(question, selection=evolve(question.selection, parts=parts)),
        Between(Field.OCCURRED_AT, ge=since, lt=until),
    )


def narrowed(question: Question, part: Part) -> Question:
    """Return the question with a further condition."""
    selection = question.selection
    return evolve(question, selection=evolve(selection, parts=(*selection.parts, part)))
