"""Relinking: the belonging of a subject's entries, as the host sees it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import evolve

from activitylog.actors import ref_of
from activitylog.aliases import Groups
from activitylog.belonging import ancestors
from activitylog.call import Call
from activitylog.errors import InvalidInput
from activitylog.handling import handle
from activitylog.payload import decoded
from activitylog.recording import links_of, words_of
from activitylog.refs import Ref
from activitylog.storage import Field, Has, Mention, Position, Query, Record
from activitylog.writing import unit

__all__ = ["relink"]

PART: Final = 100


def relink(call: Call, subject: str) -> int:
    """Give each entry of a subject, deleted and archived ones too, the parents that its subjects have now.

    Returns how many entries changed: each has a new version. Repeatable; of what was merged, the one that stands for
    all is asked for.

    Raises:
        InvalidInput: the log has no ``parents``, or they name nothing.
    """
    if call.settings.parents is None:
        raise InvalidInput("parents", "the log knows of none: give the ActivityLog a function, parents=…")
    call.named_actor()
    groups = call.aliases.fresh(call.store, call.tenant)
    members = groups.group(subject)
    query = Query(
        tenant=call.tenant, subjects=members, where=Has(Field.SUBJECTS, members), newest_first=False, limit=PART
    )
    changed = 0
    while records := call.door.fetch(query):
        changed += _relinked(call, groups, records)
        query = evolve(query, after=Position(records[-1].occurred_at, records[-1].id))
    return changed


def _relinked(call: Call, groups: Groups, records: Sequence[Record]) -> int:
    standing = {ref: _standing(groups, ref) for record in records for ref in _subjects(record)}
    above = ancestors(call.settings.parents, standing.values())
    parents = {ref: above.get(stands, ()) for ref, stands in standing.items()}
    wanted = [record for record in records if _step(record, parents) != record]
    if not wanted:
        return 0
    with unit(call) as whole:
        for record in wanted:
            handle(whole, record.id, "relinked", lambda stored: _step(stored, parents), comment="")
    return len(wanted)


def _step(record: Record, parents: Mapping[Ref, Sequence[Ref]]) -> Record:
    source = ref_of(record.source) if record.source.ref else None
    links = _with_known_names(links_of(_subjects(record), parents, source), record.links)
    if {(link.ref, link.role) for link in links} == {(link.ref, link.role) for link in record.links}:
        return record
    data = decoded(record.data) if record.data else None
    return evolve(record, links=links, words=words_of(record.title, record.note, [*links, record.actor], data))


def _with_known_names(links: Sequence[Mention], before: Sequence[Mention]) -> tuple[Mention, ...]:
    known = {(link.ref, link.role): link for link in before}
    return tuple(known.get((link.ref, link.role), link) for link in links)


def _subjects(record: Record) -> tuple[Ref, ...]:
    return tuple(ref_of(link) for link in record.links if link.role == "subject")


def _standing(groups: Groups, ref: Ref) -> Ref:
    root = groups.root(str(ref))
    return ref if root == str(ref) else Ref.of(root)
