"""Changing what a plan wrote, all of it: part after part, so that memory does not grow and a repetition goes on."""

from __future__ import annotations

from collections.abc import Iterator
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

__all__ = ["apply_to_all", "delete_all"]

ATTEMPTS: Final = 20


def apply_to_all(call: Call, plan: str, action: str, step: Step, signal: NamedSignal, comment: str) -> None:
    """Apply a verb to all entries of a plan that are not deleted, a version each.

    All of them are looked at first: what the verb refuses of one is raised before any is changed.
    """
    checked_text("comment", comment, COMMENT)
    for records in _entries(call, plan):
        for record in records:
            step(record)
    _apply(call, plan, action, step, signal, comment)


def delete_all(call: Call, plan: str, comment: str) -> None:
    """Delete all entries of a plan, those of people and those of the system."""
    _apply(call, plan, "deleted", lambda record: evolve(record, deleted_at=call.now), signals.deleted, comment)


def _apply(call: Call, plan: str, action: str, step: Step, signal: NamedSignal, comment: str) -> None:
    actor = call.named_actor()

    def following(record: Record) -> Record:
        changed = step(record)
        if changed == record:
            return record
        return next_version(record, changed, actor, call.now, action=action, comment=comment)

    for records in _entries(call, plan):
        waiting = records
        for _ in range(ATTEMPTS):
            try:
                _replace(call, waiting, following, signal)
                break
            except StaleVersion:
                waiting = _read(call, [record.id for record in waiting])
        else:
            raise WriteConflict(f"entries of plan {plan} were changed by others {ATTEMPTS} times in a row; try again")


def _replace(call: Call, records: list[Record], following: Step, signal: NamedSignal) -> None:
    pairs = [(record, following(record)) for record in records]
    changes = [(before, after) for before, after in pairs if after.version > before.version]
    if not changes:
        return
    with unit(call) as whole:
        whole.audiences.ensure(whole.store, [after for before, after in changes if after.audience != before.audience])
        for before, after in changes:
            whole.store.replace(after, expected_version=before.version)
        whole.announce(signal, [whole.activity(after) for _, after in changes])


def _entries(call: Call, plan: str) -> Iterator[list[Record]]:
    """Give the entries part by part: by their ids, for an edit may move them in time."""
    head = head_of(call, plan)
    for part in each_part(call, plan, head.parts):
        if ids := written_ids(head, part):
            yield _read(call, ids)


def _read(call: Call, ids: list[UUID]) -> list[Record]:
    query = Query(tenant=call.tenant, where=In(Field.ID, ids), limit=len(ids), fields=Fields.ALL)
    return [record for record in call.door.fetch(query) if record.deleted_at == ABSENT]
