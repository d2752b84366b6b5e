"""Audiences: who may see an entry, interned as one scalar that every store can index.

The name of an audience is the digest of its (readers, visibility, team), so that writers need not agree on a number;
its document says what it stands for, and a viewer's principals are resolved against these documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from copy import copy
from functools import lru_cache
from hashlib import blake2b
from itertools import islice
from time import monotonic
from typing import Final
from weakref import ref

import orjson
from attrs import field, frozen

from activitylog.documents import Documents, documents_of
from activitylog.errors import StaleVersion
from activitylog.remembered import Remembered
from activitylog.storage import And, Document, Field, Has, In, Record, Storage, Where
from activitylog.viewers import EVERYBODY, Viewer

__all__ = ["AUDIENCE", "Audiences", "KnownAudiences", "audience"]

AUDIENCE: Final = "audience"
"""The kind of the documents."""

VISIBLE_MAX: Final = 1_000
"""Of more audiences a query does not name each, but asks for the readers themselves."""
KNOWN_MAX: Final = 10_000
"""More are not read: then too the query asks for the readers."""
BELIEVED: Final = 60.0
"""For so many seconds a process does not ask again whether the document of an audience is there."""
CUSTOMER: Final = "customer"


@lru_cache(maxsize=4096)
def audience(readers: tuple[str, ...], visibility: str, team: str) -> str:
    """Return the name of an audience."""
    return blake2b(orjson.dumps([readers, visibility, team]), digest_size=12).hexdigest()


@frozen
class _Audience:
    readers: frozenset[str]
    visibility: str
    team: str

    @classmethod
    def of_document(cls, document: Document) -> _Audience:
        body = orjson.loads(document.body or "{}")
        return cls(frozenset(body["readers"]), body["visibility"], body["team"])

    def has(self, viewer: Viewer) -> bool:
        among = EVERYBODY in self.readers or not self.readers.isdisjoint(viewer.principals)
        allowed = self.team in ("", *viewer.teams) if viewer.internal else self.visibility == CUSTOMER
        return among and allowed


@frozen
class KnownAudiences:
    """The audiences of a tenant; None where there are too many to look at each."""

    _by_name: Mapping[str, _Audience] | None
    _visible: dict[Viewer, Where] = field(factory=dict, init=False)

    @classmethod
    def stored(cls, store: Documents, tenant: str) -> KnownAudiences:
        """Return what the store says of a tenant's audiences."""
        documents = list(islice(documents_of(store, tenant, AUDIENCE), KNOWN_MAX + 1))
        if len(documents) > KNOWN_MAX:
            return cls(None)
        return cls({document.name: _Audience.of_document(document) for document in documents})

    def visible(self, viewer: Viewer) -> Where:
        """Return the condition that a viewer is in an entry's audience; one that is not known is not visible."""
        found = self._visible.get(viewer)
        if found is None:
            found = self._visible[viewer] = self._resolved(viewer)
        return found

    def _resolved(self, viewer: Viewer) -> Where:
        if self._by_name is None:
            return _by_readers(viewer)
        names = [name for name, one in self._by_name.items() if one.has(viewer)]
        return In(Field.AUDIENCE, names) if len(names) <= VISIBLE_MAX else _by_readers(viewer)


def _by_readers(viewer: Viewer) -> Where:
    """Return what the audiences would say, of the entries' own fields: true, but no index has the readers."""
    among = Has(Field.READERS, [*viewer.principals, EVERYBODY])
    if viewer.internal:
        return And((In(Field.TEAM, ["", *viewer.teams]), among))
    return And((In(Field.VISIBILITY, [CUSTOMER]), among))


class Audiences:
    """Sees to it that each audience that entries name has its document; a process asks once a minute."""

    def __init__(self, storage: Storage) -> None:
        self._written: dict[tuple[str, str], float] = {}
        """Until when the document of an audience is believed to be there: another process may erase who is named."""
        self._awaited: dict[tuple[str, str], Callable[[], None]] = {}
        """What the commit will say of documents that were written, or found, in the host's open transaction."""
        self.remembered = Remembered(storage, KnownAudiences.stored, kinds=(AUDIENCE,))

    def within(self, storage: Storage) -> Audiences:
        """Return the audiences as a store knows them that is bound to a host's transaction."""
        bound = copy(self)
        bound._awaited = {}  # noqa: SLF001 -- its own copy
        bound.remembered = self.remembered.within(storage)
        return bound

    def known(self, store: Storage, tenant: str) -> KnownAudiences:
        """Return the audiences of a tenant; those that another process wrote are seen within five seconds."""
        return self.remembered.of(store, tenant)

    def lacks(self, store: Storage, records: Iterable[Record]) -> bool:
        """Tell whether a document may have to be written for one of them."""
        return not all(self._has(store, key) for key in {(record.tenant, record.audience) for record in records})

    def _has(self, store: Storage, key: tuple[str, str]) -> bool:
        if self._written.get(key, 0.0) > monotonic():
            return True
        awaited = self._awaited.get(key)
        return awaited is not None and store.awaits(awaited)

    def forget(self, store: Storage, tenant: str) -> None:
        """Ask the store again which documents there are: some were removed."""
        for key in [key for key in self._written if key[0] == tenant]:
            self._written.pop(key, None)
        self._awaited.clear()
        self.remembered.forget(store, tenant)

    def ensure(self, store: Storage, records: list[Record]) -> None:
        """Write the documents that are not known yet; known they are once that is committed."""
        first_of_each = {(record.tenant, record.audience): record for record in records}
        for key, record in first_of_each.items():
            if not self._has(store, key):
                self._write(store, record)
                self._awaited[key] = self._believing(store, key)
                store.after_commit(self._awaited[key])

    def _believing(self, store: Storage, key: tuple[str, str]) -> Callable[[], None]:
        """Return what believes, once there was a commit, that the document is there."""
        until, within = monotonic() + BELIEVED, ref(store)

        def believe() -> None:
            there = within()
            # Tests of a host's call back as if there had been a commit, and roll back then.
            if there is None or not there.awaits(believe):
                self._written[key] = until

        return believe

    def _write(self, store: Storage, record: Record) -> None:
        if store.documents(record.tenant, AUDIENCE, names=[record.audience], limit=1):
            return
        body = orjson.dumps({"readers": record.readers, "visibility": record.visibility, "team": record.team}).decode()
        with suppress(StaleVersion):  # another writer was as quick, with the same body
            store.put_document(Document(record.tenant, AUDIENCE, record.audience, body), expected_version=0)
        self.remembered.forget(store, record.tenant)
