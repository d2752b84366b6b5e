"""What a plan is beside its contacts: two documents, changed by compare and set.

The head says what is to be recorded, for whom and by whom; when the execution begins it is fixed. The progress says
how far the execution came, and whether it was undone. A plan exists when its head is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from attrs import evolve, frozen

from activitylog.call import Call
from activitylog.documents import change_document, documents_of, one_document
from activitylog.errors import InvalidInput, NotAllowed, StaleVersion, WriteConflict
from activitylog.payload import decoded, encoded
from activitylog.plans.assigning import Assignment
from activitylog.plans.files import release
from activitylog.plans.numbers import Numbers
from activitylog.storage import Document
from activitylog.writing import unit

__all__ = [
    "PLAN",
    "PROGRESS",
    "Head",
    "Mode",
    "Progress",
    "begin",
    "change",
    "check_not_undone",
    "checked_id",
    "close",
    "forget_files",
    "head_of",
    "move",
    "plan_ids",
    "progress_of",
    "store",
]

Mode = Literal["each", "shared"]

PLAN: Final = "plan"
PROGRESS: Final = "plan.progress"
"""The kinds of the two documents; their names are the plan's id."""


@frozen(kw_only=True)
class Head:
    """What a plan is to do.

    Attributes:
        mode: one activity for ``each`` contact, or one ``shared`` by all.
        parts, rows: how many parts its contacts lie in, and how many contacts these are.
        open: the contacts that can be selected: neither duplicates nor refused.
        selected: those that are.
        prototype: the draft as JSON; None where each contact has its own.
        activity: the id of the shared activity.
        assignment: who is responsible, where somebody said that.
        begun_at: when the execution began; nothing changes from then on.
        files: the digests of the contents that its drafts still need.
    """

    mode: Mode
    parts: int
    rows: int
    open: Numbers
    selected: Numbers
    prototype: Mapping[str, Any] | None
    activity: UUID | None
    assignment: Assignment | None = None
    begun_at: datetime | None = None
    files: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the head as JSON text."""
        return encoded(
            {
                "mode": self.mode,
                "parts": self.parts,
                "rows": self.rows,
                "open": self.open.to_text(),
                "selected": self.selected.to_text(),
                "prototype": self.prototype,
                "activity": self.activity,
                "assignment": None if self.assignment is None else self.assignment.to_dict(),
                "begun_at": self.begun_at,
                "files": self.files,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Head:
        """Return the head that ``to_json`` gave."""
        found = decoded(text)
        activity, assignment, begun_at = found["activity"], found["assignment"], found["begun_at"]
        return cls(
            mode=found["mode"],
            parts=found["parts"],
            rows=found["rows"],
            open=Numbers.from_text(found["open"]),
            selected=Numbers.from_text(found["selected"]),
            prototype=found["prototype"],
            activity=None if activity is None else UUID(activity),
            assignment=None if assignment is None else Assignment.from_dict(assignment),
            begun_at=None if begun_at is None else datetime.fromisoformat(begun_at),
            files=tuple(found["files"]),
        )


@frozen
class Progress:
    """How far a plan came: so many of its parts are written; ``version`` is the document's."""

    parts: int = 0
    undone: bool = False
    version: int = 0


def checked_id(id: Any) -> str:
    """Return the id of a plan as text: given as a UUID or as its text."""
    try:
        return str(id if isinstance(id, UUID) else UUID(id))
    except (ValueError, TypeError, AttributeError):
        raise InvalidInput("id", "the id of a plan is expected: a UUID, or its text") from None


def store(call: Call, id: str, head: Head) -> None:
    """Make a plan exist."""
    move(call, id, Progress())
    call.store.put_document(Document(call.tenant, PLAN, id, head.to_json()), expected_version=0)


def head_of(call: Call, id: str) -> Head:
    """Return the head of a plan.

    Raises:
        InvalidInput: there is no such plan.
    """
    return Head.from_json(_document(call, PLAN, id).body or "")


def plan_ids(call: Call) -> Iterator[str]:
    """Give the ids of all plans, the first made first."""
    return (document.name for document in documents_of(call.store, call.tenant, PLAN))


def progress_of(call: Call, id: str) -> Progress:
    """Return how far a plan came."""
    document = _document(call, PROGRESS, id)
    return Progress(**decoded(document.body or ""), version=document.version)


def move(call: Call, id: str, progress: Progress) -> Progress:
    """Store a progress in the place of the version that it names.

    Raises:
        StaleVersion: another was as far, or undid the plan.
    """
    body = encoded({"parts": progress.parts, "undone": progress.undone})
    call.store.put_document(Document(call.tenant, PROGRESS, id, body), expected_version=progress.version)
    return evolve(progress, version=progress.version + 1)


def change(call: Call, id: str, changed: Callable[[Head], Head]) -> None:
    """Change a plan that nobody has begun to execute; lost races are run again.

    Raises:
        NotAllowed: it is too late.
    """

    def step(head: Head) -> Head:
        if head.begun_at is not None:
            raise NotAllowed(f"plan {id} is being executed, or was: its selection is final; make a new one")
        return changed(head)

    check_not_undone(progress_of(call, id), id)
    _change(call, id, step)


def close(call: Call, id: str) -> None:
    """Say that a plan is undone: whoever executes it finds that with the next chunk."""
    lost: Progress | None = None
    while True:
        try:
            with unit(call) as whole:  # on SQLite nobody can come between reading and writing then
                progress = progress_of(whole, id)
                if not progress.undone:
                    move(whole, id, evolve(progress, undone=True))
        except StaleVersion:
            # Each time somebody has executed a part, of which there are not endlessly many.
            if progress == lost:
                raise WriteConflict(f"plan {id} is moved on by others; try again") from None
            lost = progress
        else:
            return


def begin(call: Call, id: str) -> Head:
    """Fix a plan for its execution, and return it; where that was done already, as it is."""
    return _change(call, id, lambda head: head if head.begun_at else evolve(head, begun_at=call.now))


def forget_files(call: Call, id: str) -> None:
    """Let a plan that will write no more give its files away: what it wrote has them itself."""
    if files := head_of(call, id).files:
        _change(call, id, lambda head: evolve(head, files=()))
        release(call, files)


def check_not_undone(progress: Progress, id: str) -> None:
    """Raise where the plan was undone.

    Raises:
        NotAllowed: it was.
    """
    if progress.undone:
        raise NotAllowed(f"plan {id} was undone, which closes it; make a new one")


def _change(call: Call, id: str, changed: Callable[[Head], Head]) -> Head:
    def body(document: Document | None) -> str:
        return changed(Head.from_json(_there(document, id).body or "")).to_json()

    _, after = change_document(call.store, call.tenant, PLAN, id, body)
    return Head.from_json(after.body or "")


def _document(call: Call, kind: str, id: str) -> Document:
    return _there(one_document(call.store, call.tenant, kind, id), id)


def _there(document: Document | None, id: str) -> Document:
    if document is None:
        raise InvalidInput("id", f"there is no plan {id} in this tenant")
    return document
