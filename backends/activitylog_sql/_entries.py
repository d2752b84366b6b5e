"""What is read and written of entries, each with its links and its versions, within the caller's transaction."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any, Final
from uuid import UUID

import orjson
from attrs import evolve, frozen

from activitylog.errors import ActivityNotFound, KeyConflicts, StaleVersion, WriteConflict
from activitylog.storage import AllNew, And, Appended, Field, Fields, In, Query, Record, Versioned
from activitylog_sql._codec import Codec
from activitylog_sql._columns import ENTRY_COLUMNS, KEPT_BY_REPLACE, LINK_COLUMNS, Kind
from activitylog_sql._executor import Executor, Primitive, insert
from activitylog_sql._schema import ENTRIES, LINKS, VERSIONS
from activitylog_sql._select import select

__all__ = ["Entries"]


_INSERT_LINK: Final = insert(LINKS, LINK_COLUMNS)
_INSERT_VERSION: Final = insert(VERSIONS, ("tenant", "id", "version", "record"))
_CHANGED: Final = tuple(place for place, name in enumerate(ENTRY_COLUMNS) if name not in KEPT_BY_REPLACE)
_NAMES: Final = tuple(ENTRY_COLUMNS)
_UPDATE_ENTRY: Final = (
    f"UPDATE {ENTRIES} SET {', '.join(f'{_NAMES[place]} = ?' for place in _CHANGED)} WHERE tenant = ? AND id = ?"
)
_SELECT_VERSIONS: Final = (
    f"SELECT record FROM {VERSIONS} WHERE tenant = ? AND id = ? AND version < ? ORDER BY version DESC LIMIT ?"
)
_DELETE_LINK: Final = f"DELETE FROM {LINKS} WHERE tenant = ? AND ref = ? AND occurred_at = ? AND id = ?"

_AFTER_ALL: Final = 2**63 - 1
_ATTEMPTS: Final = 10


@frozen
class Entries:
    """The entries that one executor reaches."""

    executor: Executor
    codec: Codec

    # -- reading ---------------------------------------------------------------------------------------------------

    def get(self, tenant: str, ids: Collection[UUID]) -> dict[UUID, Record]:
        """Return those of the entries that are there."""
        return self._records(self._rows(tenant, ids, self.codec.all_columns))

    def fetch(self, query: Query) -> list[Record]:
        """Answer ``Storage.fetch``."""
        codec = self.codec
        asked = select(codec, query, codec.all_columns if query.fields is Fields.ALL else codec.list_columns)
        record = codec.record
        found = [record(row) for row in self.executor.run(asked.text, (asked.values,))]
        return found[::-1] if asked.backwards else found

    def versions(self, tenant: str, id: UUID, before: int | None, limit: int) -> list[Record]:
        """Return earlier versions of an entry, the newest first."""
        values = tenant, self.codec.dialect.id(id), _AFTER_ALL if before is None else before, limit
        return [Record.from_json(text) for (text,) in self.executor.run(_SELECT_VERSIONS, (values,))]

    # -- writing ---------------------------------------------------------------------------------------------------

    def append(self, records: Sequence[Record]) -> Sequence[Appended]:
        """Write what is new, in the hope that all is; only if it is not, look which is known.

        Raises:
            KeyConflicts: some are known with another digest; the caller has to roll back.
            WriteConflict: what is known goes and comes all the time.
        """
        known: dict[UUID, UUID] = {}
        fresh = records
        for _ in range(_ATTEMPTS):
            if self._added(fresh):
                if not known:
                    return AllNew(records)
                return [Appended(known.get(record.id, record.id), record.id not in known) for record in records]
            known = self._known(records)
            fresh = [record for record in records if record.id not in known]
        raise WriteConflict("append: other writers add and purge the same entries all the time: try it again")

    def replace(self, record: Record, expected_version: int) -> None:
        """Put the record in place of the version that is expected, which is kept."""
        rows = self._rows(record.tenant, [record.id], self.codec.all_columns, locked=True)
        current = self._records(rows).get(record.id)
        if current is None:
            raise ActivityNotFound(record.id)
        if current.version != expected_version:
            raise StaleVersion(
                f"version: {record.id} is at {current.version}, not at {expected_version}; read it again", current
            )
        self._add_versions([(record.id, current)])
        row = self.codec.entry(record)
        key = record.tenant, self.codec.dialect.id(record.id)
        self.executor.run(_UPDATE_ENTRY, [(*(row[place] for place in _CHANGED), *key)])
        links, former = self.codec.links(record), self.codec.links(current)
        if links != former:
            self.executor.run(_DELETE_LINK, [link[:4] for link in former])
            self.executor.run(_INSERT_LINK, links)

    def delete(self, query: Query) -> int:
        """Purge what the query finds; return how many entries that were."""
        places = self._places(query)
        if self.codec.dialect.locking and places:
            ids = [self.codec.dialect.read_id(place[0]) for place in places]
            self._rows(query.tenant, ids, "e.id", locked=True)
            # what was changed before it was locked may not be meant any more: a hold, say
            places = self._places(evolve(query, where=And((In(Field.ID, ids), query.where))))
        self._remove(query.tenant, places)
        return len(places)

    def rewrite(self, entries: Iterable[Versioned]) -> None:
        """Overwrite those of the entries that are there, with all their versions."""
        for tenant, group in _by_tenant(entries).items():
            places = self._rows(tenant, group, self._place, locked=True)
            self._remove(tenant, places)
            there = [group[self.codec.dialect.read_id(place[0])] for place in places]
            self._add(there)

    def load(self, entries: Sequence[Versioned]) -> tuple[int, list[Versioned]]:
        """Add the entries that are new, all at once; return how many, and those that are to be completed one by one."""
        unfinished: list[Versioned] = []
        fresh: list[Versioned] = []
        for tenant, group in _by_tenant(entries).items():
            rows = self._rows(tenant, group, "e.id, e.version")
            stored = {self.codec.dialect.read_id(id): version for id, version in rows}
            fresh += (entry for id, entry in group.items() if id not in stored)
            unfinished += (group[id] for id, version in stored.items() if version < group[id][0].version)
        if not self._add(fresh):
            return 0, list(entries)
        return len(fresh), unfinished

    # -- rows ------------------------------------------------------------------------------------------------------

    @property
    def _place(self) -> str:
        return f"e.id, e.occurred_at, {self.codec.dialect.shown('e.links', Kind.TABLE)}"

    def _places(self, query: Query) -> list[Any]:
        asked = select(self.codec, query, self._place)
        return self.executor.run(asked.text, (asked.values,))

    def _records(self, rows: Iterable[Any]) -> dict[UUID, Record]:
        return {record.id: record for record in map(self.codec.record, rows)}

    def _rows(self, tenant: str, ids: Collection[UUID], columns: str, *, locked: bool = False) -> list[Any]:
        if not ids:
            return []
        dialect = self.codec.dialect
        among, values = dialect.among("e.id", list(map(dialect.id, ids)))
        source = f"{ENTRIES} AS e{dialect.using(f'{ENTRIES}_id')}"
        lock = f" ORDER BY e.id{dialect.locking}" if locked and dialect.locking else ""  # in one order: no deadlock
        return self.executor.run(
            f"SELECT {columns} FROM {source} WHERE e.tenant = ? AND {among}{lock}", ((tenant, *values),)
        )

    def _added(self, records: Sequence[Record]) -> bool:
        """Insert entries and their links, all or none; return whether no key and no id was there."""
        if not records:
            return True
        if len(records) == 1:
            return self._add_rows(records)
        self.executor.run("SAVEPOINT activitylog_entries")
        complete = self._add_rows(_in_one_order(records))
        if not complete:
            self.executor.run("ROLLBACK TO SAVEPOINT activitylog_entries")
        self.executor.run("RELEASE SAVEPOINT activitylog_entries")
        return complete

    def _add_rows(self, records: Sequence[Record]) -> bool:
        # rows that live no longer than they are needed: ten thousand would keep the garbage collector busy
        entries = map(self.codec.entry, records)
        links = chain.from_iterable(map(self.codec.links, records))
        return self.codec.dialect.add(self.executor, len(records), entries, links)

    def _add(self, entries: Sequence[Versioned]) -> bool:
        if not self._added([current for current, _ in entries]):
            return False
        self._add_versions([(current.id, record) for current, earlier in entries for record in earlier])
        return True

    def _add_versions(self, versions: Sequence[tuple[UUID, Record]]) -> None:
        id = self.codec.dialect.id
        self.executor.run(
            _INSERT_VERSION,
            [(record.tenant, id(entry), record.version, record.to_json()) for entry, record in versions],
        )

    def _known(self, records: Sequence[Record]) -> dict[UUID, UUID]:
        """Return, for each record whose key or id is there, the entry that has it.

        Raises:
            KeyConflicts: the digest of such an entry is another.
        """
        tenant, dialect = records[0].tenant, self.codec.dialect
        ids = {
            dialect.read_id(found): first
            for found, first in self._stored(tenant, "id", "id", [dialect.id(record.id) for record in records])
        }
        wanted = [record.idempotency_key for record in records if record.idempotency_key is not None]
        keys = dict(self._stored(tenant, "key", "idempotency_key", wanted))
        known: dict[UUID, UUID] = {}
        conflicts: dict[UUID, UUID] = {}
        for record in records:
            first = keys.get(record.idempotency_key) or ids.get(record.id)
            if first is not None:
                (known if first[1] == record.digest else conflicts)[record.id] = first[0]
        if conflicts:
            raise KeyConflicts(conflicts)
        return known

    def _stored(
        self, tenant: str, index: str, column: str, wanted: Sequence[Primitive]
    ) -> list[tuple[Any, tuple[UUID, str]]]:
        """Return, for each wanted value of the column that is there, the id and the digest of its entry."""
        if not wanted:
            return []
        dialect = self.codec.dialect
        among, values = dialect.among(column, wanted)
        source = f"{ENTRIES}{dialect.using(f'{ENTRIES}_{index}')}"
        statement = f"SELECT {column}, id, digest FROM {source} WHERE tenant = ? AND {among}{dialect.latest}"
        rows = self.executor.run(statement, ((tenant, *values),))
        return [(found, (dialect.read_id(id), digest)) for found, id, digest in rows]

    def _remove(self, tenant: str, places: Sequence[Any]) -> None:
        links = [
            (tenant, ref, occurred_at, id)
            for id, occurred_at, text in places
            for ref in dict.fromkeys(link[0] for link in orjson.loads(text))
        ]
        self.executor.run(_DELETE_LINK, links)
        if places:
            among, ids = self.codec.dialect.among("id", [place[0] for place in places])
            for table in (VERSIONS, ENTRIES):
                self.executor.run(f"DELETE FROM {table} WHERE tenant = ? AND {among}", ((tenant, *ids),))


def _in_one_order(records: Sequence[Record]) -> list[Record]:
    """Sort, so that two writers of the same keys, or ids, do not wait for each other in a circle."""
    if any(record.idempotency_key is not None for record in records):
        return sorted(records, key=lambda record: (record.idempotency_key or "", record.id.int))
    return sorted(records, key=lambda record: record.id.int)


def _by_tenant(entries: Iterable[Versioned]) -> dict[str, dict[UUID, Versioned]]:
    groups: dict[str, dict[UUID, Versioned]] = defaultdict(dict)
    for entry in entries:
        groups[entry[0].tenant][entry[0].id] = entry
    return groups
