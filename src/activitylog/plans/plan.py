"""Plans: ``log.plans``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from activitylog.activity import Activity
from activitylog.call import Call
from activitylog.draft import Draft
from activitylog.errors import InvalidInput
from activitylog.plans.assigning import Strategy, assignment, checked_agents
from activitylog.plans.batch import Batch, fixed
from activitylog.plans.contacts import numbers_of, open_contacts, report
from activitylog.plans.executing import ProgressTold, execute
from activitylog.plans.making import Check, DraftFor, make
from activitylog.plans.stored import Head, Mode, change, checked_id, head_of, plan_ids, progress_of
from activitylog.refs import Ref, RefLike, refs
from activitylog.reports import Report
from activitylog.timeline import Timeline

__all__ = ["Plan", "Plans"]


class Plans:
    """One action for many contacts: looked at and changed before it is done, then done as a whole.

    Iterating gives all plans of the tenant, the first made first, with their ids.
    """

    def __init__(self, call: Callable[[], Call], everything: Callable[[], Timeline[Activity]]) -> None:
        self._call = call
        self._everything = everything

    def make(
        self,
        what: Any | Draft | DraftFor,
        subjects: Iterable[RefLike] | RefLike,
        *,
        mode: Mode = "each",
        check: Check | None = None,
    ) -> Plan:
        """Make a plan and keep it in the store; nothing is recorded yet.

        Args:
            what: the name of a type, an instance of a type's data class, a ``Draft`` without subjects, or a function
                that makes the draft of each contact.
            subjects: the contacts, each a ref, ``"kind:id"`` or an object with ``__activity_ref__``; however many:
                they are taken one by one. Of one that comes twice, or was merged with another, the first stands.
            mode: ``each`` contact gets an activity of its own, or one ``shared`` activity names all, up to 500.
            check: asked once per contact for the reason why there is to be no activity; None where there is none.

        Raises:
            InvalidInput, UnknownType: a value does not fit, or an activity could not be recorded so.
        """
        return self._plan(make(self._call(), what, subjects, mode, check))

    def resume(self, id: UUID | str) -> Plan:
        """Return a plan that was made before, in whatever process.

        Raises:
            InvalidInput: there is none of this id in the tenant.
        """
        found = checked_id(id)
        head_of(self._call(), found)
        return self._plan(found)

    def __iter__(self) -> Iterator[Plan]:
        """Give all plans of the tenant, the first made first."""
        call = self._call()
        return (self._plan(id) for id in plan_ids(call))

    def _plan(self, id: str) -> Plan:
        return Plan(id, fixed(self._call), self._everything())


@frozen(eq=False, repr=False)
class Plan:
    """What is to be recorded for many contacts. Who of them, and who is responsible, can be changed until ``execute``.

    The methods change the stored plan, which others may have in their hands too. Tenant and language are those of the
    moment in which it was made.

    Attributes:
        id: names it, now and later, in every process.
    """

    id: str
    _call: Callable[[], Call]
    _timeline: Timeline[Activity]

    def include(self, *subjects: RefLike) -> Plan:
        """Select contacts that were excluded.

        Raises:
            InvalidInput: one is not in the plan, or ``check`` refused it.
            NotAllowed: the execution has begun.
        """
        call, numbers = self._numbered(subjects)
        head = head_of(call, self.id)
        for subject, number in numbers.items():
            if number not in head.open:
                raise InvalidInput("subjects", f"{subject} was refused by check, and cannot be included")
        return self._selected(lambda head: evolve(head, selected=head.selected.with_these(numbers.values())))

    def exclude(self, *subjects: RefLike) -> Plan:
        """Leave contacts out.

        Raises:
            InvalidInput: one is not in the plan.
            NotAllowed: the execution has begun.
        """
        _, numbers = self._numbered(subjects)
        return self._selected(lambda head: evolve(head, selected=head.selected.without(numbers.values())))

    def include_all(self) -> Plan:
        """Select all contacts but those that are left out for good: duplicates, and those that ``check`` refused.

        Raises:
            NotAllowed: the execution has begun.
        """
        return self._selected(lambda head: evolve(head, selected=head.open))

    def exclude_all(self) -> Plan:
        """Leave all contacts out.

        Raises:
            NotAllowed: the execution has begun.
        """
        return self._selected(lambda head: evolve(head, selected=head.open.without(range(head.rows))))

    def assign(
        self, agents: Iterable[RefLike] | RefLike, *, strategy: Strategy = "random", seed: int | str | None = None
    ) -> Plan:
        """Say who is responsible; by default the draft's assignee, or nobody.

        Args:
            agents: among whom the contacts are shared, up to 1,000; for a shared activity exactly one.
            strategy: ``random``; ``in_turn``, evenly among the selected contacts; or a function of the contact and
                the tuple of agents, which returns one of these. It is asked once for each contact: for those that are
                selected first, then for those that might be later.
            seed: of ``random``: the same seed gives a contact the same agent, whatever else is in the plan.

        Raises:
            InvalidInput: nobody is named, or a value does not fit.
            NotAllowed: the execution has begun.
        """
        call = self._call()
        head = head_of(call, self.id)
        named = checked_agents(agents, head.mode)
        found = assignment(named, strategy, seed, open_contacts(call, self.id, head), head.rows)
        return self._selected(lambda head: evolve(head, assignment=found))

    def report(self) -> Report:
        """Return for whom there will be an activity, by whom, and for whom not and why; later with the activities' ids.

        Its language is that of the scope, else the plan's.
        """
        call = self._call()
        return report(call, self.id, head_of(call, self.id), progress_of(call, self.id), call.language)

    def execute(self, *, progress: ProgressTold | None = None) -> Batch:
        """Record what is planned, 500 contacts at a time, each time all or nothing; return what was written.

        What is recorded already is not recorded again: after a crash, ``log.plans.resume(id).execute()`` goes on.

        Args:
            progress: called after each chunk as ``progress(done, total)``.

        Raises:
            NotAllowed: the plan was undone, or the log is paused.
            Refused, InvalidInput, StorageError: as ``log.record``; what was written before stays, and the plan can be
                executed again.
        """
        execute(self._call, self.id, progress)
        return Batch(self.id, self._call, self._timeline)

    def __repr__(self) -> str:
        return f"<Plan {self.id}>"

    def _numbered(self, subjects: tuple[RefLike, ...]) -> tuple[Call, dict[Ref, int]]:
        call = self._call()
        return call, numbers_of(call, self.id, head_of(call, self.id), refs("subjects", subjects))

    def _selected(self, changed: Callable[[Head], Head]) -> Plan:
        change(self._call(), self.id, changed)
        return self
