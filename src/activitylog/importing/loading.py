"""What an export holds into a store: in batches, and what the store has otherwise is left and told with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID

from attrs import define, field

from activitylog.audiences import Audiences
from activitylog.errors import KeyConflicts, StaleVersion
from activitylog.importing.report import ImportReport, Unreadable
from activitylog.payload import decoded, strings
from activitylog.storage import Document, Record, Storage, Versioned
from activitylog.tombstones import Graveyard, graveyard

__all__ = ["Loading"]

_BATCH: Final = 100
_FIRST_WRITTEN: Final = ("recorded_at", "idempotency_key", "digest")


@define
class Loading:
    """Gathers entries of one tenant, each with its line, and loads them batch by batch."""

    storage: Storage
    _recorded: int = 0
    _known: int = 0
    _left: list[Unreadable] = field(factory=list)
    _batch: dict[UUID, tuple[str, Versioned]] = field(factory=dict)
    _graveyards: dict[str, Graveyard | None] = field(factory=dict)
    _audiences: Audiences = field(init=False)

    @_audiences.default
    def _none_known(self) -> Audiences:
        return Audiences(self.storage)

    def add(self, found: Document | Versioned, where: str) -> None:
        """Take what a line holds; it is in the store after ``flush`` at the latest."""
        if self._is_erased(found):
            self._left.append(Unreadable(where, "it names somebody who was erased since"))
            return
        if isinstance(found, Document):
            self._put(found, where)
            return
        current = found[0]
        if len(self._batch) == _BATCH or current.id in self._batch or current.tenant != self._tenant(current.tenant):
            self.flush()
        self._batch[current.id] = where, found

    def flush(self) -> None:
        """Load what was gathered."""
        batch, self._batch = self._batch, {}
        if not batch:
            return
        stored = self.storage.get(_first(batch).tenant, list(batch))
        lacking: dict[str, Versioned] = {}
        for id, (where, entry) in batch.items():
            there = stored.get(id)
            if there is not None and (reason := _clash(entry, there)):
                self._left.append(Unreadable(where, reason))
            elif there is not None and there.version >= entry[0].version:
                self._known += 1
            else:
                lacking[where] = entry
        self._load(lacking)

    def _is_erased(self, found: Document | Versioned) -> bool:
        """Tell whether something would bring somebody back who was erased after it was written."""
        tenant = found.tenant if isinstance(found, Document) else found[0].tenant
        if tenant not in self._graveyards:
            self._graveyards[tenant] = graveyard(self.storage, tenant)
        graves = self._graveyards[tenant]
        if graves is None:
            return False
        if isinstance(found, Document):
            return bool(graves.refs(set(strings(decoded(found.body or "{}")))))
        erased = graves.refs(set(_refs(found)))
        return any(found[0].recorded_at <= at for at in erased.values())

    def report(self) -> ImportReport:
        """Return what became of everything so far."""
        return ImportReport(self._recorded, self._known, tuple(self._left))

    def _tenant(self, otherwise: str) -> str:
        return _first(self._batch).tenant if self._batch else otherwise

    def _load(self, lacking: Mapping[str, Versioned]) -> None:
        entries = list(lacking.values())
        self._audiences.ensure(self.storage, [current for current, _ in entries])
        try:
            loaded = self.storage.load(entries)
        except KeyConflicts:
            self._load_singly(lacking)
        else:
            self._recorded += loaded
            self._known += len(entries) - loaded

    def _load_singly(self, lacking: Mapping[str, Versioned]) -> None:
        for where, (current, earlier) in lacking.items():
            try:
                self.storage.load([(current, earlier)])
            except KeyConflicts:
                self._left.append(Unreadable(where, "the store has another entry of this key, which was left"))
                continue
            # Whether this call wrote it or the one that met the conflict: it is there now, and was not.
            if current.id in self.storage.get(current.tenant, [current.id]):
                self._recorded += 1
            else:
                self._known += 1

    def _put(self, document: Document, where: str) -> None:
        try:
            self.storage.put_document(document, expected_version=0)
        except StaleVersion as stored:
            if stored.current is None or stored.current.body != document.body:
                reason = f"the store has another {document.kind} of this name, which was left"
                self._left.append(Unreadable(where, reason))


def _refs(entry: Versioned) -> Iterator[str]:
    """Give all refs that the versions of an entry name."""
    current, earlier = entry
    for record in (current, *earlier):
        people = (record.actor, record.behalf, record.assignee, record.modified_by, record.modified_behalf)
        yield from (mentioned.ref for mentioned in (*record.links, *people))
        yield from (*record.readers, *record.editors)


def _first(batch: Mapping[UUID, tuple[str, Versioned]]) -> Record:
    _, (current, _) = next(iter(batch.values()))
    return current


def _clash(entry: Versioned, there: Record) -> str:
    """Return why the entry is no later, nor earlier, state of what the store has under its id; empty if it is one."""
    current, earlier = entry
    if any(getattr(there, name) != getattr(current, name) for name in _FIRST_WRITTEN):
        return "the store has another entry of this id, which was left"
    if there.version <= current.version and there not in (current, *earlier):
        return "the store has other versions of this entry, which were left"
    return ""
