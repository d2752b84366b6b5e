"""Executing a plan: chunk after chunk, each atomic, so that it can be stopped, resumed and undone at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from attrs import evolve, frozen

from activitylog.call import Call
from activitylog.draft import Draft, addressed
from activitylog.errors import InvalidInput, NotAllowed, StaleVersion, WriteConflict
from activitylog.limits import SUBJECTS_MAX
from activitylog.plans.applying import delete_these
from activitylog.plans.contacts import agent_of
from activitylog.plans.parts import Part, each_part, read_part
from activitylog.plans.prototype import draft_of
from activitylog.plans.stored import Head, Progress, begin, check_not_undone, forget_files, head_of, move, progress_of
from activitylog.refs import Ref
from activitylog.storage import Capability
from activitylog.writing import prepared, unit, written

__all__ = ["ProgressTold", "execute"]

ProgressTold = Callable[[int, int], object]
"""Told after each chunk how many contacts are done, and of how many."""


@frozen
class _Chunk:
    """The drafts that are written together; after them so many parts, and so many contacts, are done."""

    drafts: Sequence[Draft]
    parts: int
    done: int


def execute(calls: Callable[[], Call], plan: str, told: ProgressTold | None) -> None:
    """Write what is not written yet.

    Another process may do the same meanwhile: who comes first with a chunk writes it, and ids that are fixed keep
    anything from being written twice.
    """
    if told is not None and not callable(told):
        raise InvalidInput("progress", f"a function is expected, not {type(told).__name__}")
    call = calls()
    if call.paused:
        raise NotAllowed(f"plan {plan} cannot be executed while the log is paused")
    _going_on(call, plan)
    _check_actor(call, head_of(call, plan))
    head = begin(call, plan)
    total = len(head.selected) if head.mode == "each" else min(len(head.selected), SUBJECTS_MAX)
    progress = _going_on(call, plan)
    while chunk := _next(call, plan, head, progress):
        _write(call, plan, chunk, progress)
        if told is not None:
            told(chunk.done, total)
        call = calls()
        progress = _going_on(call, plan)
    forget_files(call, plan)


def _going_on(call: Call, plan: str) -> Progress:
    """Return how far a plan came that was not undone: each time it is read, for it can be undone at any moment."""
    progress = progress_of(call, plan)
    check_not_undone(progress, plan)
    return progress


def _check_actor(call: Call, head: Head) -> None:
    """Raise where nobody acts, before the plan is begun."""
    if head.prototype is not None and "actor" not in head.prototype:
        call.named_actor()


def _next(call: Call, plan: str, head: Head, progress: Progress) -> _Chunk | None:
    """Return what is to be written next, or None where nothing is left."""
    if head.mode == "shared":
        return _shared(call, plan, head) if progress.parts < head.parts else None
    for number in range(progress.parts, head.parts):
        part = read_part(call, plan, number)
        if drafts := list(_drafts(head, part)):
            return _Chunk(drafts, number + 1, head.selected.below(part.end))
    return None


def _drafts(head: Head, part: Part) -> Iterator[Draft]:
    """Give the draft of each selected contact of a part; a repeated execution makes the same ones."""
    prototype = None if head.prototype is None else draft_of(head.prototype)
    place = head.selected.below(part.start)
    for number, row in part.numbered():
        if number not in head.selected:
            continue
        if row.activity is not None:  # else the contact was erased, and keeps its place
            draft = prototype or draft_of(row.draft or {})
            yield _addressed(draft, head, row.activity, (row.subject,), agent_of(head, number, row, place))
        place += 1


def _shared(call: Call, plan: str, head: Head) -> _Chunk | None:
    rows = (numbered for part in each_part(call, plan, head.parts) for numbered in part.numbered())
    selected = ((number, row) for number, row in rows if number in head.selected and not row.reason)
    contacts = list(islice(selected, SUBJECTS_MAX))
    if not contacts:
        return None
    agent = agent_of(head, *contacts[0], 0)
    subjects = tuple(row.subject for _, row in contacts)
    draft = _addressed(draft_of(head.prototype or {}), head, head.activity, subjects, agent)
    return _Chunk([draft], head.parts, len(contacts))


def _addressed(draft: Draft, head: Head, id: UUID | None, subjects: tuple[Ref, ...], agent: Ref | None) -> Draft:
    assert id is not None and head.begun_at is not None  # noqa: S101, PT018 -- of what is selected, and begun
    return addressed(draft, id, subjects, agent, head.begun_at)


def _write(call: Call, plan: str, chunk: _Chunk, progress: Progress) -> None:
    """Write a chunk, unless another did."""
    records = prepared(call, chunk.drafts, batch=plan)
    after = evolve(progress, parts=chunk.parts)
    try:
        if Capability.TRANSACTIONS in call.store.capabilities:
            # The progress first: who executes or undoes the plan at the same time waits for it, and comes too late.
            with unit(call) as whole:
                move(whole, plan, after)
                written(whole, chunk.drafts, records)
        else:
            written(call, chunk.drafts, records)
            move(call, plan, after)
    except (StaleVersion, WriteConflict):
        found = progress_of(call, plan)
        if found.version == progress.version:  # it was not about this plan
            raise
        if found.undone:  # without transactions the chunk is there, and may have come after the others were deleted
            delete_these(call, [draft.id for draft in chunk.drafts])
        check_not_undone(found, plan)
