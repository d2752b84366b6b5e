"""Which records are known already, by their key or id; what another batch may still take back is waited for."""

from __future__ import annotations

from collections.abc import Sequence
from random import uniform
from time import monotonic, sleep
from typing import Final
from uuid import UUID

from attrs import frozen

from activitylog.errors import KeyConflicts, WriteConflict
from activitylog.storage import Appended, Record
from activitylog_mongo._codec import Stored, with_ids
from activitylog_mongo._collections import Collections
from activitylog_mongo._journal import Journal
from activitylog_mongo._paths import PENDING
from activitylog_mongo._recovery import Recovery

__all__ = ["Repeats"]

_SHORTEST: Final = 0.002
_LONGEST: Final = 0.25
_LEASES: Final = 3
_SEEN: Final = {"_id": True, "idempotency_key": True, "digest": True, PENDING: True}


@frozen
class Repeats:
    """Looks for the entries that stand for records already."""

    collections: Collections
    journal: Journal
    recovery: Recovery

    def known(self, records: Sequence[Record]) -> dict[UUID, Appended]:
        """Return the answers for those of the records that are known.

        Raises:
            KeyConflicts: some are known with another digest.
            WriteConflict: another batch holds some of them, and for too long.
        """
        owners = self._settled(records)
        by_key = {owner["idempotency_key"]: owner for owner in owners if "idempotency_key" in owner}
        by_id = {owner["_id"]["id"]: owner for owner in owners}
        known, conflicts = {}, {}
        for record in records:
            owner = by_key.get(record.idempotency_key) or by_id.get(record.id)
            if owner is None:
                continue
            first: UUID = owner["_id"]["id"]
            known[record.id] = Appended(first, created=False)
            if owner.get("digest", "") != record.digest:
                conflicts[record.id] = first
        if conflicts:
            raise KeyConflicts(conflicts)
        return known

    def _settled(self, records: Sequence[Record]) -> list[Stored]:
        """Return the owners of the keys and ids, once none of them belongs to a batch that is open."""
        until, pause = monotonic() + _LEASES * self.journal.lease, _SHORTEST
        while True:
            owners = self._owners(records)
            waited_for = {owner[PENDING] for owner in owners if PENDING in owner}
            if not waited_for:
                return owners
            writing, dead = self.journal.overdue_among(waited_for)
            if not writing and not dead:
                return owners
            for id in dead:
                self.recovery.undo(id, records[0].tenant)
            if dead:
                continue
            if monotonic() > until:
                raise WriteConflict("another batch holds a key or an id of these records for too long: try again")
            sleep(uniform(pause / 2, pause))  # noqa: S311 -- so that those who wait do not come all at once
            pause = min(2 * pause, _LONGEST)

    def _owners(self, records: Sequence[Record]) -> list[Stored]:
        tenant = records[0].tenant
        asked: list[Stored] = [with_ids(tenant, [record.id for record in records])]
        if keys := [record.idempotency_key for record in records if record.idempotency_key is not None]:
            asked.append({"tenant": tenant, "idempotency_key": {"$in": keys}})
        return list(self.collections.entries.find({"$or": asked}, _SEEN, session=self.collections.session))
