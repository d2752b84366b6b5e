"""Making a plan: its contacts are looked at one by one, and kept in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from hashlib import blake2b
from typing import Any

from uuid_utils.compat import uuid7

from activitylog.call import Call
from activitylog.draft import Draft
from activitylog.errors import InvalidInput, MissingPlaceholders, UnknownType
from activitylog.limits import COMMENT, checked_text
from activitylog.plans.files import PlanFiles
from activitylog.plans.numbers import Numbers
from activitylog.plans.parts import PartWriter, Row
from activitylog.plans.prototype import stored_draft
from activitylog.plans.stored import Head, Mode, store
from activitylog.refs import Ref, RefLike, several
from activitylog.reports import DUPLICATE, OUTCOMES
from activitylog.signals import refuse_awaitable
from activitylog.types import ActivityType

__all__ = ["Check", "DraftFor", "make"]

Check = Callable[[Ref], str | None]
"""A question of the host's: why there is to be no activity for a contact, or None."""
DraftFor = Callable[[Ref], Draft]
"""Makes the draft of a contact."""


def make(call: Call, what: Any, subjects: Any, mode: Mode, check: Check | None) -> str:
    """Keep a new plan, and return its id; see ``Plans.make``."""
    draft_for = _function(call, what)
    if mode not in ("each", "shared"):
        raise InvalidInput("mode", f"{str(mode)[:40]!r} is neither 'each' nor 'shared'")
    if mode == "shared" and draft_for is not None:
        raise InvalidInput("what", "a shared activity is one for all contacts: give a draft, not a function of each")
    if check is not None and not callable(check):
        raise InvalidInput("check", f"a function is expected, not {type(check).__name__}")
    id = str(uuid7())
    writer = PartWriter(call, id)
    with ExitStack() as stack:
        files = PlanFiles(call, id, stack)
        prototype = None if draft_for is not None else _prototype(call, what, files)
        try:
            left_out = []
            for number, row in enumerate(_rows(call, draft_for, subjects, mode, check, files)):
                writer.add(row)
                if row.reason:
                    left_out.append(number)
            writer.finish()
            open = Numbers.all_of(writer.rows).without(left_out)
            head = Head(
                mode=mode,
                parts=writer.parts,
                rows=writer.rows,
                open=open,
                selected=open,
                prototype=prototype,
                activity=uuid7() if mode == "shared" else None,
                files=tuple(sorted(files.digests)),
            )
            store(call, id, head)
        except BaseException:
            writer.discard()
            raise
    return id


def _function(call: Call, what: Any) -> DraftFor | None:
    """Return the function that makes each contact's draft, if it is one."""
    given = isinstance(what, Draft | str | ActivityType) or call.types.of_data(what) is not None
    return what if not given and callable(what) else None


def _prototype(call: Call, what: Any, files: PlanFiles) -> dict[str, Any]:
    draft = what if isinstance(what, Draft) else Draft(what)
    if draft.subjects:
        raise InvalidInput("what", "the draft has subjects; the plan's contacts become its subjects, leave them out")
    return stored_draft(call, draft, files)


def _rows(
    call: Call, draft_for: DraftFor | None, subjects: Any, mode: Mode, check: Check | None, files: PlanFiles
) -> Iterator[Row]:
    groups = call.aliases.fresh(call.store, call.tenant)
    firsts: dict[bytes, int] = {}
    for number, contact in enumerate(_contacts(subjects)):
        # Digests, because a hundred thousand long refs are to be remembered in little memory.
        known = blake2b(groups.root(str(contact)).encode(), digest_size=16).digest()
        first = firsts.setdefault(known, number)
        if first != number:
            yield Row(contact, reason=DUPLICATE, first=first)
        elif reason := _reason(check, contact):
            yield Row(contact, reason=reason)
        else:
            draft = None if draft_for is None else _own_draft(call, draft_for, contact, number, files)
            yield Row(contact, uuid7() if mode == "each" else None, draft=draft)


def _contacts(subjects: Any) -> Iterator[Ref]:
    listed: Iterable[RefLike] = subjects if several(subjects) else (subjects,)
    for number, thing in enumerate(listed):
        try:
            yield Ref.of(thing)
        except InvalidInput as error:
            raise InvalidInput(f"subjects[{number}]", str(error)) from None


def _reason(check: Check | None, contact: Ref) -> str:
    reason = None if check is None else check(contact)
    refuse_awaitable(reason)
    if reason is None:
        return ""
    if not isinstance(reason, str):
        raise InvalidInput("check", f"the function must give a reason, or None; not {type(reason).__name__}")
    if reason in OUTCOMES:
        raise InvalidInput("check", f"{reason!r} says in a report what was done: give another reason")
    return checked_text("check", reason, COMMENT, required=True)


def _own_draft(call: Call, draft_for: DraftFor, contact: Ref, number: int, files: PlanFiles) -> dict[str, Any]:
    try:
        draft = _drafted(draft_for, contact)
        return stored_draft(call, draft, files)
    except MissingPlaceholders as error:
        raise MissingPlaceholders(error.names, f"drafts[{number}].{error.field}") from None
    except InvalidInput as error:
        raise InvalidInput(f"drafts[{number}].{error.field}", error.reason) from None
    except UnknownType as error:
        error.add_note(f"in drafts[{number}]")
        raise


def _drafted(draft_for: DraftFor, contact: Ref) -> Draft:
    draft = draft_for(contact)
    refuse_awaitable(draft)
    if not isinstance(draft, Draft):
        raise InvalidInput("what", f"the function must give a Draft, not {type(draft).__name__}")
    if draft.subjects not in ((), (contact,)):
        raise InvalidInput("subjects", "the draft of a contact is about this contact, or about nobody")
    return draft
