"""The contacts of a plan as they stand: who is selected, who is responsible, what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from activitylog.call import Call
from activitylog.errors import InvalidInput
from activitylog.limits import SUBJECTS_MAX
from activitylog.plans.parts import Part, Row, each_part
from activitylog.plans.prototype import assignee_of
from activitylog.plans.stored import Head, Progress
from activitylog.refs import Ref
from activitylog.reports import CREATED, EXCLUDED, LEFT_OUT, OVER, PLANNED, UNDONE, Report, ReportRow

__all__ = ["agent_of", "numbers_of", "open_contacts", "report", "written_ids"]


def numbers_of(call: Call, plan: str, head: Head, subjects: Collection[Ref]) -> dict[Ref, int]:
    """Return the numbers of the rows of some contacts, by these; a duplicate stands for the first.

    Raises:
        InvalidInput: one is not in the plan.
    """
    wanted = set(subjects)
    found: dict[Ref, int] = {}
    for part in each_part(call, plan, head.parts):
        for number, row in part.numbered():
            if row.subject in wanted:
                found.setdefault(row.subject, number if row.first is None else row.first)
        if len(found) == len(wanted):
            break
    for subject in subjects:
        if subject not in found:
            raise InvalidInput("subjects", f"{subject} is not among the contacts of plan {plan}")
    return found


def open_contacts(call: Call, plan: str, head: Head) -> Iterator[tuple[int, Ref]]:
    """Give the contacts that can be selected: those who are, then those who are not yet, each in their order."""
    for among in (True, False):
        for part in each_part(call, plan, head.parts):
            for number, row in part.numbered():
                if number in head.open and (number in head.selected) is among:
                    yield number, row.subject


def agent_of(head: Head, number: int, row: Row, place: int) -> Ref | None:
    """Return who is responsible for a contact, the so-and-so-many-th that is selected."""
    if head.assignment is not None:
        return head.assignment.agent(row.subject, number, place)
    stored = (head.prototype if row.draft is None else row.draft) or {}
    return assignee_of(stored)


def report(call: Call, plan: str, head: Head, progress: Progress, language: str) -> Report:
    """Return what is done for whom, and for whom not and why."""
    rows: list[ReportRow] = []
    for index, part in enumerate(each_part(call, plan, head.parts)):
        place = head.selected.below(part.start)
        for number, row in part.numbered():
            rows.append(_reported(head, progress, number, row, place, is_written=index < progress.parts))
            place += number in head.selected
    return Report(tuple(rows), language)


def written_ids(head: Head, part: Part) -> list[UUID]:
    """Return the ids of the activities that the contacts of a part have, once they are written."""
    if head.activity is not None:
        return [head.activity] if part.start == 0 else []
    return [row.activity for number, row in part.numbered() if row.activity is not None and number in head.selected]


def _reported(head: Head, progress: Progress, number: int, row: Row, place: int, *, is_written: bool) -> ReportRow:
    if row.reason:
        return ReportRow(row.subject, outcome=LEFT_OUT, reason=row.reason)
    if number not in head.selected:
        return ReportRow(row.subject, outcome=LEFT_OUT, reason=EXCLUDED)
    if head.mode == "shared" and place >= SUBJECTS_MAX:
        return ReportRow(row.subject, outcome=LEFT_OUT, reason=OVER)
    outcome = UNDONE if progress.undone else CREATED if is_written else PLANNED
    activity = (head.activity or row.activity) if is_written else None
    return ReportRow(row.subject, agent_of(head, number, row, place), outcome, activity=activity)
