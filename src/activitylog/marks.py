"""Marks: positions in the order of recording, up to which a page has seen what there is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from activitylog.storage import Position
from activitylog.times import MILLISECOND

__all__ = ["Marks"]


class Marks:
    """The latest mark that this process gave: what the process records afterwards lies behind it.

    Ids made here rise, so that within one millisecond the id decides. Only a draft that was made before the mark, and
    is recorded in its millisecond, has too old an id: it counts as recorded in the next one.
    """

    def __init__(self) -> None:
        self._latest: Position | None = None

    def give(self, present: datetime) -> Position:
        """Return a mark at the present."""
        self._latest = Position(present, uuid7())
        return self._latest

    def recorded_at(self, present: datetime, id: UUID) -> datetime:
        """Return when an entry of this id counts as recorded."""
        latest = self._latest
        return present if latest is None or latest < Position(present, id) else latest.at + MILLISECOND
