"""What is read of entries, and what is written of a single one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from attrs import evolve, frozen
from pymongo.command_cursor import CommandCursor
from pymongo.errors import DuplicateKeyError

from activitylog.errors import ActivityNotFound, StaleVersion
from activitylog.storage import Field, Gap, In, Query, Record, Tally
from activitylog_mongo._bounds import parts_of
from activitylog_mongo._codec import Stored, replaced, to_entry, to_record, with_ids
from activitylog_mongo._collections import Collections
from activitylog_mongo._count import Count
from activitylog_mongo._gaps import Gaps
from activitylog_mongo._journal import Journal
from activitylog_mongo._paths import ID, PENDING, REWRITTEN
from activitylog_mongo._select import Select, select
from activitylog_mongo._ways import Way, ways_filter
from activitylog_mongo._where import Filter

__all__ = ["Entries"]

_PLACE: Final = {"_id": True, PENDING: True}
_KEPT: Final = ("recorded_at", "idempotency_key", "digest", REWRITTEN)
_MANY: Final = 10_000


@frozen
class Entries:
    """The entries of a store; ``searchable`` tells whether there is an index of their words."""

    collections: Collections
    journal: Journal
    searchable: bool = False

    # -- reading ---------------------------------------------------------------------------------------------------

    def get(self, tenant: str, ids: Collection[UUID]) -> dict[UUID, Record]:
        """Return those of the entries that are there."""
        return {record.id: record for record in map(to_record, self.stored(tenant, ids))}

    def fetch(self, query: Query) -> list[Record]:
        """Answer ``Storage.fetch``."""
        asked = select(query, searchable=self.searchable)
        found = [to_record(entry) for entry in self._visible(asked)]
        return found[::-1] if asked.backwards else found

    def count(self, count: Count) -> list[Tally]:
        """Answer ``Storage.count``."""
        way = count.way(searchable=self.searchable)

        def read(hidden: Filter) -> list[Stored]:
            return self.aggregated(count.stages(way, hidden), way)

        return count.tallies(self.journal.visible(read, _met_by_groups))

    def gaps(self, gaps: Gaps) -> Iterator[Gap]:
        """Answer ``Storage.gaps``: of batches those that are whole by now."""
        way = gaps.way(searchable=self.searchable)
        tenant = {"tenant": gaps.query.tenant, PENDING: {"$exists": True}}
        pending = self.aggregated([{"$match": tenant}, {"$group": {"_id": f"${PENDING}"}}], Way("pending"))
        whole = self.journal.done(batch["_id"] for batch in pending)
        visible = {PENDING: {"$in": [None, *whole]}}
        with self._aggregating(gaps.stages(way, visible), way) as found:
            yield from gaps.read(found)

    def versions(self, tenant: str, id: UUID, before: int | None, limit: int) -> list[Record]:
        """Return earlier versions of an entry, the newest first."""
        current = self.stored(tenant, [id], {"version": True, REWRITTEN: True, **_PLACE})
        if not current:
            return []
        last = current[0]["version"] if before is None else min(before, current[0]["version"])
        # what stands beyond the current version was written for a replacement that did not come about
        asked = {"tenant": tenant, "entry": id, REWRITTEN: current[0].get(REWRITTEN), "version": {"$lt": last}}
        found = self.collections.versions.find(
            asked, sort=[("version", -1)], limit=limit, hint="version", session=self.collections.session
        )
        return [to_record(version) for version in found]

    def tenants(self, after: str | None, limit: int) -> list[str]:
        """Return the tenants that have entries, ascending."""

        def read(hidden: Filter) -> list[Stored]:
            stages: list[Stored] = [
                {"$match": {"tenant": {"$gt": "" if after is None else after}, **hidden}},
                {"$sort": {"tenant": 1, "occurred_at": 1, ID: 1}},
                {"$group": {"_id": "$tenant", PENDING: {"$first": f"${PENDING}"}}},
                {"$sort": {"_id": 1}},
                {"$limit": limit},
            ]
            return self.aggregated(stages, Way("time"))

        return [group["_id"] for group in self.journal.visible(read, _met_first)]

    def stored(self, tenant: str, ids: Collection[UUID], projection: dict[str, Any] | None = None) -> list[Stored]:
        """Return the documents of those of the entries that are there."""
        wanted = with_ids(tenant, ids)
        options: dict[str, Any] = {"batch_size": _MANY, "hint": "_id_", "session": self.collections.session}
        return self.journal.visible(
            lambda hidden: list(self.collections.entries.find({**wanted, **hidden}, projection, **options))
        )

    def numbers(self, tenant: str, ids: Collection[UUID]) -> dict[UUID, int]:
        """Return which version those of the entries have that are there."""
        found = self.stored(tenant, ids, {"version": True, **_PLACE})
        return {entry["_id"]["id"]: entry["version"] for entry in found}

    def oldest(self, query: Query, limit: int) -> list[UUID]:
        """Return the ids of those that ``Storage.delete`` would purge."""
        first = evolve(query, newest_first=False, after=None, before=None, limit=limit)
        found = self._visible(select(first, searchable=self.searchable, projection=_PLACE))
        return [entry["_id"]["id"] for entry in found]

    def explain(self, query: Query) -> Stored:
        """Return the server's plan of ``fetch(query)``."""
        asked = select(query, searchable=self.searchable)
        find: Stored = {"find": self.collections.entries.name, "filter": asked.filter, "sort": dict(asked.sort)}
        find |= {"limit": asked.limit, **({"hint": asked.hint} if asked.hint else {})}
        found: Stored = self.collections.entries.database.command(
            "explain",
            find,
            verbosity="queryPlanner",
            codec_options=self.collections.entries.codec_options,
            session=self.collections.session,
        )
        return found

    def aggregated(self, stages: list[Stored], way: Way) -> list[Stored]:
        """Return what comes of a pipeline over the entries."""
        with self._aggregating(stages, way) as found:
            return list(found)

    def _aggregating(self, stages: list[Stored], way: Way) -> CommandCursor[Stored]:
        options: dict[str, Any] = {"hint": way.index} if way.index else {}
        return self.collections.entries.aggregate(
            stages, session=self.collections.session, batchSize=_MANY, allowDiskUse=True, **options
        )

    def _visible(self, asked: Select) -> list[Stored]:
        entries, session = self.collections.entries, self.collections.session

        def read(hidden: Filter) -> list[Stored]:
            return list(
                entries.find(
                    {**asked.filter, **hidden} if hidden else asked.filter,
                    asked.projection,
                    sort=asked.sort,
                    limit=asked.limit,
                    batch_size=asked.limit,
                    hint=asked.hint,
                    session=session,
                )
            )

        return self.journal.visible(read)

    # -- writing ---------------------------------------------------------------------------------------------------

    def insert(self, record: Record) -> bool:
        """Write a new entry; return whether neither its key nor its id was there."""
        try:
            self.collections.entries.insert_one(to_entry(record), session=self.collections.session)
        except DuplicateKeyError:
            return False
        return True

    def replace(self, record: Record, expected_version: int) -> None:
        """Put the record in place of the version that is expected, which is written among the earlier ones before."""
        while True:
            current = next(iter(self.stored(record.tenant, [record.id])), None)
            if current is None:
                raise ActivityNotFound(record.id)
            if current["version"] != expected_version:
                raise StaleVersion(
                    f"version: {record.id} is at {current['version']}, not at {expected_version}; read it again",
                    to_record(current),
                )
            if self._replaced(current, record):
                return

    def _replaced(self, current: Stored, record: Record) -> bool:
        collections, session = self.collections, self.collections.session
        stamp = current.get(REWRITTEN)
        place: Stored = {"tenant": record.tenant, "entry": record.id, REWRITTEN: stamp, "version": current["version"]}
        with suppress(DuplicateKeyError):  # another writer was about to write the very same
            collections.versions.replace_one(place, replaced(current), upsert=True, session=session)
        entry = to_entry(record) | {name: current[name] for name in _KEPT if name in current}
        asked = {"_id": current["_id"], "tenant": record.tenant, "version": current["version"], REWRITTEN: stamp}
        if collections.entries.replace_one(asked, entry, session=session).matched_count:
            return True
        now = self.stored(record.tenant, [record.id], {REWRITTEN: True, **_PLACE})
        if not now or now[0].get(REWRITTEN) != stamp:  # erased or purged meanwhile: leave nothing of it behind
            collections.versions.delete_one(place, session=session)
        return False

    def purge(self, query: Query, ids: Sequence[UUID]) -> int:
        """Remove those of the entries that the query still asks for, without their versions; return how many."""
        asked = ways_filter(query, Way("_id_"), [{}], (In(Field.ID, ids), *parts_of(query.where)))
        return self.collections.entries.delete_many(asked, session=self.collections.session).deleted_count

    def purge_versions(self, tenant: str, ids: Collection[UUID]) -> None:
        """Remove all versions of those of the entries that are gone."""
        collections, session = self.collections, self.collections.session
        place = with_ids(tenant, ids)
        there = {
            entry["_id"]["id"] for entry in collections.entries.find(place, {"_id": True}, hint="_id_", session=session)
        }
        gone = [id for id in ids if id not in there]
        collections.versions.delete_many({"tenant": tenant, "entry": {"$in": gone}}, session=session)


def _met_by_groups(groups: list[Stored]) -> set[UUID]:
    return {batch for group in groups for batch in group[PENDING]}


def _met_first(groups: list[Stored]) -> set[UUID]:
    return {group[PENDING] for group in groups if group.get(PENDING)}
