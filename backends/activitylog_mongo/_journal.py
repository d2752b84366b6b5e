"""The journal of batches: a batch is whole when its line says so, whatever became of its writer.

A line is *writing* until its writer says *done*, which is one conditional update; or until somebody says *undone*, once
the writer's process was not heard of for its lease. Entries carry the batch's id until they are known to be whole.
Whoever reads such an entry looks the line up; entries without mark need no look. All times are the server's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from attrs import field, frozen
from pymongo.collection import Collection

from activitylog.errors import WriteConflict
from activitylog_mongo._codec import Stored
from activitylog_mongo._collections import UNFORCED, Collections
from activitylog_mongo._paths import PENDING
from activitylog_mongo._where import Filter

__all__ = ["Journal", "Kind", "State"]

Kind = Literal["append", "purge", "rewrite"]
State = Literal["writing", "done", "undone"]

_SWEPT_AGAIN_AFTER: Final = 10
"""After so many leases what was undone is looked through once more, for a writer that slept the while."""


@frozen
class Journal:
    """The lines of a store; ``lease`` is for how many seconds a process need not be heard of."""

    collections: Collections
    lease: float
    open: set[UUID] = field(factory=set)
    """The batches that this process is writing."""
    abandoned: set[UUID] = field(factory=set)
    """The batches that this process could not undo when they failed: nobody need wait for their lease."""

    # -- for readers -----------------------------------------------------------------------------------------------

    def visible(
        self, read: Callable[[Filter], list[Stored]], met: Callable[[list[Stored]], set[UUID]] | None = None
    ) -> list[Stored]:
        """Return what is read, with the entries of whole batches only.

        Read again if batches were met whose state was not known before: so none of them was finished in the midst.
        """
        met = met or _pending
        done: set[UUID] = set()
        hidden: set[UUID] = set()
        while True:
            found = read({PENDING: {"$nin": list(hidden)}} if hidden else {})
            unknown = met(found) - done
            if not unknown:
                return found
            done |= self.done(unknown)
            hidden |= unknown - done

    def done(self, ids: Iterable[UUID]) -> set[UUID]:
        """Return those of the batches that are whole."""
        asked = {"_id": {"$in": list(ids)}, "state": "done"}
        found = self.collections.batches.find(asked, {"_id": True}, session=self.collections.session)
        return {line["_id"] for line in found}

    # -- for writers -----------------------------------------------------------------------------------------------

    def begin(self, kind: Kind, tenant: str, entries: Sequence[UUID] = (), *, state: State = "writing") -> UUID:
        """Write a line; ``entries`` are those that are there already, and are to be changed."""
        id = uuid4()
        named = {"entries": {"$literal": list(entries)}} if entries else {}
        line = {"kind": kind, "tenant": {"$literal": tenant}, "state": state, **named, "until": self._in(1)}
        self._lines(forced=False).update_one({"_id": id}, [{"$set": line}], upsert=True)
        if state == "writing":
            self.open.add(id)
        return id

    def renew(self) -> None:
        """Make the leases of the open batches last; of one that another has taken over there is none any more."""
        if writing := list(self.open):
            change = [{"$set": {"until": self._in(1)}}]
            self._lines(forced=False).update_many({"_id": {"$in": writing}, "state": "writing"}, change)

    def commit(self, id: UUID) -> None:
        """Say that the batch is whole: from here on it is, and will be after any crash.

        Raises:
            WriteConflict: another took the batch over meanwhile; what it held is not to be seen.
        """
        if not self._turned(id, "done", 1):
            raise WriteConflict(
                "this batch was not heard of for longer than its lease, and another writer undid it; nothing of it "
                "was written: record it again, or give it a longer lease (activitylogLease)"
            )

    def give_up(self, id: UUID) -> bool:
        """Say that a batch will never be whole; return False if it is whole already."""
        if not self._turned(id, "undone", _SWEPT_AGAIN_AFTER):
            line = self.collections.batches.find_one({"_id": id}, {"state": True})
            if line is not None and line["state"] != "undone":
                return False
        self.abandoned.discard(id)
        return True

    def forget(self, ids: Sequence[UUID]) -> None:
        """Remove lines to which nothing refers any more."""
        self._lines(forced=False).delete_many({"_id": {"$in": list(ids)}})

    # -- for whoever cleans up -------------------------------------------------------------------------------------

    def overdue(self) -> list[Stored]:
        """Return the lines whose time is over."""
        return list(self.collections.batches.find({"$expr": {"$lt": ["$until", "$$NOW"]}}))

    def overdue_among(self, ids: Iterable[UUID]) -> tuple[set[UUID], set[UUID]]:
        """Return those of the batches that are still being written, and those nobody answers for any more."""
        asked = {"_id": {"$in": list(ids)}, "state": {"$in": ["writing", "done"]}}
        late = {"$and": [{"$eq": ["$state", "writing"]}, {"$lt": ["$until", "$$NOW"]}]}
        lines = list(
            self.collections.batches.aggregate([{"$match": asked}, {"$project": {"state": True, "late": late}}])
        )
        writing = {line["_id"] for line in lines if line["state"] == "writing" and not line["late"]} - self.abandoned
        done = {line["_id"] for line in lines if line["state"] == "done"}
        return writing, set(ids) - writing - done

    def _turned(self, id: UUID, state: State, leases: int) -> bool:
        change = [{"$set": {"state": state, "until": self._in(leases)}}]
        return self._lines(forced=True).update_one({"_id": id, "state": "writing"}, change).matched_count == 1

    def _in(self, leases: int) -> Any:
        return {"$add": ["$$NOW", round(self.lease * 1000) * leases]}

    def _lines(self, *, forced: bool) -> Collection[Stored]:
        batches = self.collections.batches
        return batches if forced else batches.with_options(write_concern=UNFORCED)


def _pending(found: list[Stored]) -> set[UUID]:
    return {entry[PENDING] for entry in found if PENDING in entry}
