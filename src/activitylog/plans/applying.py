"""Changing what a plan wrote, all of it: part after part, so that memory does not grow and a repetition goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from attrs import evolve
from blinker import NamedSignal

from activitylog import signals
from activitylog.call import Call
from activitylog.errors import StaleVersion, WriteConflict
from activitylog.handling import Step, next_version
from activitylog.limits import COMMENT, checked_text
from activitylog.plans.contacts import written_ids
from activitylog.plans.parts import each_part
from activitylog.plans.stored import head_of
from activitylog.storage import ABSENT, Field, Fields, In, Query, Record
from activitylog.writing import unit

__all__ = ["apply_to_all", "delete_all", "delete_these"]

ATTEMPTS: Final = 20


def apply_to_all(call: Call, plan: str, action: str, step: Step, signal: NamedSignal, comment: str) -> None:
    """Apply a verb to all entries of a plan that are not deleted, a version each.

    All of them are looked at first: what the verb refuses of one is raised before any is changed.
    """
    checked_text("comment", comment, COMMENT)
    change = _stamped(call, action, step, comment)
    for records in _entries(call, plan):
        _changes(records, change)
    for records in _entries(call, plan):
        _change(call, records, change, signal)


def delete_all(call: Call, plan: str, comment: str) -> None:
    """Delete all entries of a plan, those of people and those of the system."""
    change = _deletion(call, comment)
    for records in _entries(call, plan):
        _change(call, records, change, signals.deleted)


def delete_these(call: Call, ids: Sequence[UUID]) -> None:
    """Delete these entries, those of people and those of the system."""
    _change(call, _read(call, ids), _deletion(call, ""), signals.deleted)


def _deletion(call: Call, comment: str) -> Step:
    return _stamped(call, "deleted", lambda record: evolve(record, deleted_at=call.now), comment)


def _stamped(call: Call, action: str, step: Step, comment: str) -> Step:
    """Return the step, with who, when and why where there is something to do."""
    actor = call.named_actor()

    def change(record: Record) -> Record:
        changed = step(record)
        if changed == record:
            return record
        return next_version(record, changed, actor, call.now, action=action, comment=comment)

    return change


def _change(call: Call, records: Sequence[Record], change: Step, signal: NamedSignal) -> None:
    """Change entries together, and those that others change meanwhile again, as long as they get fewer."""
    ids = [record.id for record in records]
    pending, attempts = _changes(records, change), ATTEMPTS
    while pending:
        try:
            _replace(call, pending, signal)
        except StaleVersion:
            again = _changes(_read(call, ids), change)
            attempts = ATTEMPTS if len(again) < len(pending) else attempts - 1
            pending = again
        else:
            return
        if not attempts:
            raise WriteConflict(f"entries of a plan were changed by others {ATTEMPTS} times in a row; try again")


def _changes(records: Sequence[Record], change: Step) -> list[tuple[Record, Record]]:
    pairs = [(record, change(record)) for record in records]
    return [(before, after) for before, after in pairs if after is not before]


def _replace(call: Call, changes: list[tuple[Record, Record]], signal: NamedSignal) -> None:
    done: list[Record] = []
    with unit(call) as whole:
        whole.audiences.ensure(whole.store, [after for before, after in changes if after.audience != before.audience])
        try:
            for before, after in changes:
                whole.store.replace(after, expected_version=before.version)
                done.append(after)
        finally:  # without transactions these stay, whatever becomes of the others
            whole.announce(signal, [whole.activity(record) for record in done])


def _entries(call: Call, plan: str) -> Iterator[list[Record]]:
    """Give the entries part by part: by their ids, for an edit may move them in time."""
    head = head_of(call, plan)
    for part in each_part(call, plan, head.parts):
        if ids := written_ids(head, part):
            yield _read(call, ids)


def _read(call: Call, ids: Sequence[UUID]) -> list[Record]:
    query = Query(tenant=call.tenant, where=In(Field.ID, ids), limit=len(ids), fields=Fields.ALL)
    return [record for record in call.door.fetch(query) if record.deleted_at == ABSENT]
