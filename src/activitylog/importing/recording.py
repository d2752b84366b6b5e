"""Recording what an import finds, in batches, so that one bad item does not hold up the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from activitylog.context import Context
from activitylog.draft import Draft
from activitylog.errors import IdempotencyConflict, InvalidInput, Refused
from activitylog.importing.report import ImportReport, Unreadable
from activitylog.log import ActivityLog
from activitylog.scope import scope

__all__ = ["Found", "Progress", "record_all", "require_types"]

Found = tuple[str, Draft] | Unreadable
"""Where something was found, and its draft; or why it has none."""
Progress = Callable[[int], None]
"""Is told after each batch how many were looked at."""

_BATCH: Final = 200
_OF_ONE_ITEM: Final = (InvalidInput, IdempotencyConflict, Refused)


def require_types(log: ActivityLog, *names: str) -> None:
    """See to it that the log knows these types, so that a lack of them is not told of each item.

    Raises:
        UnknownType: it does not.
    """
    for name in names:
        _ = log.types[name]


def record_all(log: ActivityLog, found: Iterable[Found], progress: Progress | None = None) -> ImportReport:
    """Record the drafts and return what became of them; an error of the store ends it, and a repetition goes on."""
    recorded, looked_at = 0, 0
    known: int = 0
    unreadable: list[Unreadable] = []
    items = iter(found)
    with scope(context=Context(origin="import")):
        while batch := list(islice(items, _BATCH)):
            unreadable += (item for item in batch if isinstance(item, Unreadable))
            created, refused = _recorded(log, [item for item in batch if not isinstance(item, Unreadable)])
            recorded += created.count(True)
            known += created.count(False)
            unreadable += refused
            looked_at += len(batch)
            if progress is not None:
                progress(looked_at)
    return ImportReport(recorded, known, tuple(unreadable))


def _recorded(log: ActivityLog, drafts: list[tuple[str, Draft]]) -> tuple[list[bool], list[Unreadable]]:
    """Return whether each was new; where the batch is refused, the drafts are recorded one by one."""
    if not drafts:
        return [], []
    try:
        return [activity.created for activity in log.record_many(draft for _, draft in drafts)], []
    except _OF_ONE_ITEM:
        pass
    created: list[bool] = []
    refused: list[Unreadable] = []
    for where, draft in drafts:
        try:
            created += (activity.created for activity in log.record_many([draft]))
        except _OF_ONE_ITEM as error:
            refused.append(Unreadable(where, str(error)))
    return created, refused
