"""What is read and written of entries, each with its links and its versions, within the caller's transaction."""

# ruff: noqa: S608 -- statements are put together of our own names; all values are bound

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from attrs import frozen

from activitylog.errors import ActivityNotFound, KeyConflicts, StaleVersion
from activitylog.storage import Appended, Fields, Query, Record, Versioned
from activitylog_sql._codec import Codec
from activitylog_sql._columns import ENTRY_COLUMNS, KEPT_BY_REPLACE, LINK_COLUMNS
from activitylog_sql._executor import Executor
from activitylog_sql._schema import ENTRIES, LINKS, VERSIONS
from activitylog_sql._select import ALL_COLUMNS, LIST_COLUMNS, select

__all__ = ["Entries"]


def _insert(table: str, columns: Sequence[str], conflict: str = "") -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}){conflict}"


_INSERT_ENTRY: Final = _insert(ENTRIES, ENTRY_COLUMNS, " ON CONFLICT DO NOTHING")
_INSERT_LINK: Final = _insert(LINKS, LINK_COLUMNS)
_INSERT_VERSION: Final = _insert(VERSIONS, ("tenant", "id", "version", "record"))
_CHANGED: Final = tuple(place for place, name in enumerate(ENTRY_COLUMNS) if name not in KEPT_BY_REPLACE)
_UPDATE_ENTRY: Final = (
    f"UPDATE {ENTRIES} SET {', '.join(f'{ENTRY_COLUMNS[place]} = ?' for place in _CHANGED)} WHERE tenant = ? AND id = ?"
)
_SELECT_VERSIONS: Final = (
    f"SELECT record FROM {VERSIONS} WHERE tenant = ? AND id = ? AND version < ? ORDER BY version DESC LIMIT ?"
)
_DELETE_LINK: Final = f"DELETE FROM {LINKS} WHERE tenant = ? AND ref = ? AND occurred_at = ? AND id = ?"
_DELETE_VERSIONS: Final = f"DELETE FROM {VERSIONS} WHERE tenant = ? AND id = ?"
_DELETE_ENTRY: Final = f"DELETE FROM {ENTRIES} WHERE tenant = ? AND id = ?"

_AFTER_ALL: Final = 2**63 - 1
_PLACE: Final = "e.id, e.occurred_at, e.links"


@frozen
class Entries:
    """The entries that one executor reaches."""

    executor: Executor
    codec: Codec

    # -- reading ---------------------------------------------------------------------------------------------------

    def get(self, tenant: str, ids: Collection[UUID]) -> dict[UUID, Record]:
        """Return those of the entries that are there."""
        found = map(self.codec.record, self._rows(tenant, ids, ALL_COLUMNS))
        return {record.id: record for record in found}

    def fetch(self, query: Query) -> list[Record]:
        """Answer ``Storage.fetch``."""
        asked = select(self.codec, query, ALL_COLUMNS if query.fields is Fields.ALL else LIST_COLUMNS)
        record = self.codec.record
        found = [record(row) for row in self.executor.run(asked.text, (asked.values,))]
        return found[::-1] if asked.backwards else found

    def versions(self, tenant: str, id: UUID, before: int | None, limit: int) -> list[Record]:
        """Return earlier versions of an entry, the newest first."""
        values = tenant, self.codec.dialect.id(id), _AFTER_ALL if before is None else before, limit
        return [Record.from_json(text) for (text,) in self.executor.run(_SELECT_VERSIONS, (values,))]

    # -- writing ---------------------------------------------------------------------------------------------------

    def append(self, records: Sequence[Record]) -> list[Appended]:
        """Write what is new, in the hope that all is; only if it is not, look which is known.

        Raises:
            KeyConflicts: some are known with another digest; the caller has to roll back.
        """
        if self._added(records):
            return [Appended(record.id, created=True) for record in records]
        known = self._known(records)
        conflicts = {id: first for id, (first, same) in known.items() if not same}
        if conflicts:
            raise KeyConflicts(conflicts)
        self._added([record for record in records if record.id not in known])
        return [
            Appended(known[record.id][0], created=False) if record.id in known else Appended(record.id, created=True)
            for record in records
        ]

    def replace(self, record: Record, expected_version: int) -> None:
        """Put the record in place of the version that is expected, which is kept."""
        current = self.get(record.tenant, [record.id]).get(record.id)
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
        asked = select(self.codec, query, _PLACE)
        places = self.executor.run(asked.text, (asked.values,))
        self._remove(query.tenant, places)
        return len(places)

    def rewrite(self, entries: Iterable[Versioned]) -> None:
        """Overwrite those of the entries that are there, with all their versions."""
        for tenant, group in _by_tenant(entries).items():
            places = self._rows(tenant, group, _PLACE)
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

    def _rows(self, tenant: str, ids: Collection[UUID], columns: str) -> list[Any]:
        among, value = self.codec.dialect.among("e.id", map(self.codec.dialect.id, ids))
        source = f"{ENTRIES} AS e{self.codec.dialect.using(f'{ENTRIES}_id')}"
        return self.executor.run(f"SELECT {columns} FROM {source} WHERE e.tenant = ? AND {among}", ((tenant, value),))

    def _added(self, records: Sequence[Record]) -> bool:
        """Insert entries and their links, all or none; return whether no key and no id was there."""
        run = self.executor.run
        several = len(records) > 1
        if several:
            run("SAVEPOINT activitylog_entries")
        run(_INSERT_ENTRY, list(map(self.codec.entry, records)))
        complete = not records or self.executor.changed == len(records)
        if complete:
            run(_INSERT_LINK, [link for record in records for link in self.codec.links(record)])
        elif several:
            run("ROLLBACK TO SAVEPOINT activitylog_entries")
        if several:
            run("RELEASE SAVEPOINT activitylog_entries")
        return complete

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

    def _known(self, records: Sequence[Record]) -> dict[UUID, tuple[UUID, bool]]:
        """Return, for each record whose key or id is there, the entry that has it and whether the digests agree."""
        dialect, tenant = self.codec.dialect, records[0].tenant
        stored = {}
        for index, column, wanted in (
            ("id", "id", [dialect.id(record.id) for record in records]),
            (
                "key",
                "idempotency_key",
                [record.idempotency_key for record in records if record.idempotency_key is not None],
            ),
        ):
            among, value = dialect.among(column, wanted)
            source = f"{ENTRIES}{dialect.using(f'{ENTRIES}_{index}')}"
            statement = f"SELECT {column}, id, digest FROM {source} WHERE tenant = ? AND {among}"
            for found, id, digest in self.executor.run(statement, ((tenant, value),)):
                stored[index, found] = dialect.read_id(id), digest
        known = {}
        for record in records:
            first = stored.get(("key", record.idempotency_key)) or stored.get(("id", dialect.id(record.id)))
            if first is not None:
                known[record.id] = first[0], first[1] == record.digest
        return known

    def _remove(self, tenant: str, places: Sequence[Any]) -> None:
        links = [
            (tenant, ref, occurred_at, id)
            for id, occurred_at, text in places
            for ref in dict.fromkeys(link[0] for link in orjson.loads(text))
        ]
        ids = [(tenant, place[0]) for place in places]
        self.executor.run(_DELETE_LINK, links)
        self.executor.run(_DELETE_VERSIONS, ids)
        self.executor.run(_DELETE_ENTRY, ids)


def _by_tenant(entries: Iterable[Versioned]) -> dict[str, dict[UUID, Versioned]]:
    groups: dict[str, dict[UUID, Versioned]] = defaultdict(dict)
    for entry in entries:
        groups[entry[0].tenant][entry[0].id] = entry
    return groups
