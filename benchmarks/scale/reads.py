"""The questions, each asked of the log and of the raw driver: the rows of the table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count, islice
from typing import Any
from uuid import UUID

from attrs import frozen

from activitylog import Activity, ActivityLog, Page, Timeline, scope
from activitylog.storage import Field, In, Query
from benchmarks.measure import Work
from benchmarks.scale.entries import (
    ACTOR,
    BATCH,
    LARGEST,
    SILENT,
    STATUS,
    TENANT,
    TYPE,
    VIEWER,
    audience_of_viewer,
    chunk,
    customers,
    recorded,
    types,
)
from benchmarks.scale.raw import Asked, Raw

__all__ = ["AWAITED", "DEEP", "PURGED", "Read", "reads"]

AWAITED = 20
"""Entries that have arrived since somebody looked."""
DEEP = 500
"""The number of a page far down; where the subject has fewer, its last full one."""
PURGED = 100
"""Entries that are purged at once."""


@frozen
class Read:
    """A row: its name, and the work of the log and of the raw driver."""

    name: str
    log: Work
    raw: Work
    index: str = ""
    """The name in docs/reads.md of the index that serves it."""
    uses_up: bool = False
    """Whether it cannot be done again and again."""
    same: bool = True
    """Whether both are asked the very same."""

    def check(self) -> None:
        """See that both answer alike, or the times would tell nothing.

        Raises:
            ValueError: the one finds more than the other.
        """
        if self.same and not self.uses_up and (mine := _found(self.log())) != (theirs := _found(self.raw())):
            raise ValueError(f"{self.name}: the log finds {mine:,}, the raw driver {theirs:,}")


def _found(answer: Any) -> int:
    match answer:
        case int():
            return answer
        case Page():
            return len(answer.items)
        case Activity():
            return 1
        case _:
            return len(answer)


def reads(log: ActivityLog, raw: Raw, entries: int) -> Iterator[Read]:
    """Yield the rows, in the order of the table; the last one removes entries of the first chunk."""
    largest, everything, viewed = log.timeline(LARGEST), log.everything(), log.visible_to(VIEWER)
    ref = str(LARGEST)
    yield _page("newest 20 of the largest customer", largest, raw, Asked(ref), index="link")
    yield _deep("page {} of the largest customer", largest, raw, Asked(ref), _deepest(entries // 50))
    yield _page("newest 20 of a customer silent for years", log.timeline(SILENT), raw, Asked(str(SILENT)))
    yield _others("newest 20 of a customer, each another", log, raw)
    for what, timeline, given in _filtered(largest, viewed.timeline(LARGEST)):
        yield _page(f"the largest customer's newest 20, {what}", timeline, raw, Asked(ref, given))
    yield _page("newest 20 of the tenant", everything, raw, Asked(), index="time")
    yield _deep("page {} of the tenant", everything, raw, Asked(), _deepest(entries))
    for what, timeline, given in _filtered(everything, viewed.everything()):
        index = "actor" if "actor" in given else ""
        yield _page(f"the tenant's newest 20, {what}", timeline, raw, Asked("", given), index=index)
    yield from _served(log, raw)
    yield _arrived(log, raw, entries)
    yield Read("count of the largest customer", largest.count, lambda: raw.count(ref))
    yield Read(
        "the largest customer's counts by type and week",
        lambda: largest.count_by("type", "week"),
        lambda: raw.by_type_and_week(ref),
    )
    yield Read(
        "the tenant's counts by type and week",
        lambda: everything.count_by("type", "week"),
        lambda: raw.by_type_and_week(""),
    )
    yield _purge(log, raw, entries)


def _deepest(entries: int) -> int:
    return max(1, min(DEEP, entries // 20 - 1))


def _filtered(timeline: Timeline, viewed: Timeline) -> Iterator[tuple[str, Timeline, dict[str, str]]]:
    yield "of a type", timeline.filter(types=TYPE), {"type": TYPE}
    yield "by an actor", timeline.filter(actor=ACTOR), {"actor": str(ACTOR.ref)}
    yield "of a status", timeline.filter(status=STATUS), {"status": STATUS}
    yield "for a viewer", viewed, {"audience": audience_of_viewer()}


def _page(name: str, timeline: Timeline, raw: Raw, asked: Asked, *, index: str = "") -> Read:
    return Read(name, lambda: timeline.page(asked.limit), lambda: raw.page(asked), index)


def _deep(name: str, timeline: Timeline, raw: Raw, asked: Asked, number: int) -> Read:
    """Return the row of a page far down; the way there is walked beforehand, by pages of up to a thousand."""
    passed, after, row = (number - 1) * asked.limit, None, None
    while passed > 0:
        step = min(passed, 1000)
        after = timeline.page(step, after=after).next
        row = raw.page(Asked(asked.ref, limit=step), row and raw.position(row))[-1]
        passed -= step
    place = row and raw.position(row)
    return Read(name.format(number), lambda: timeline.page(asked.limit, after=after), lambda: raw.page(asked, place))


def _others(name: str, log: ActivityLog, raw: Raw) -> Read:
    """Return the row in which no customer is asked for twice, so that none is in anybody's cache."""
    mine, theirs = islice(customers(), 0, None, 2), islice(customers(), 1, None, 2)
    return Read(
        name,
        lambda: log.timeline(next(mine)).page(20),
        lambda: raw.page(Asked(str(next(theirs)))),
        same=False,
    )


def _served(log: ActivityLog, raw: Raw) -> Iterator[Read]:
    """Yield the rows of the indexes that serve one question each."""
    everything, conversation, id = log.everything(), "0@example.com", _edited(log)
    yield _page(
        "newest 20 of a batch",
        everything.filter(batch=BATCH),
        raw,
        Asked(where={"batch": str(BATCH)}),
        index="batch",
    )
    yield _page(
        "a conversation",
        everything.filter(conversation=conversation),
        raw,
        Asked(where={"conversation": conversation}),
        index="conversation",
    )
    yield _page(
        "what an assignee has to do first",
        everything.filter(assignee=ACTOR).by_due(),
        raw,
        Asked(where={"assignee": str(ACTOR.ref)}, order="due_at", newest_first=False),
        index="assignee",
    )
    yield Read("one entry by its id", lambda: log.get(id), lambda: raw.get(id), "id")
    yield Read("the history of an entry", lambda: log.history(id), lambda: [*raw.get(id), *raw.history(id)], "versions")


def _edited(log: ActivityLog) -> UUID:
    """Edit one of those that are purged in the end, and loaded anew; return its id."""
    call = next(record for record in chunk(0, PURGED) if record.type == "call")
    with scope(actor=ACTOR):
        return log.edit(call.id, title="Again").id


def _arrived(log: ActivityLog, raw: Raw, entries: int) -> Read:
    since = recorded(entries - AWAITED) - timedelta(seconds=1)
    then = ActivityLog(log.storage, types=types(), tenant=TENANT, clock=lambda: since)
    mark = then.everything().page(1).mark
    everything = log.everything()
    return Read(
        f"{AWAITED} entries that have arrived",
        lambda: everything.arrived(after=mark, limit=100),
        lambda: raw.arrived(since, 100),
        "arrival",
    )


def _purge(log: ActivityLog, raw: Raw, entries: int) -> Read:
    ids, places = [record.id for record in chunk(0, entries)], count(step=PURGED)

    def some() -> Sequence[Any]:
        place = next(places)
        return ids[place : place + PURGED]

    def purge() -> None:
        log.storage.delete(Query(tenant=TENANT, where=In(Field.ID, some()), limit=PURGED), limit=PURGED)

    return Read(f"purge of {PURGED} entries at once", purge, lambda: raw.purge(some()), uses_up=True)
