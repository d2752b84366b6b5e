"""How far an erasure is: what a repetition must know to go on, kept in a document until the end.

While it is there it names the person; it is the last thing that leads from the pseudonym to them, and goes last.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from attrs import define, evolve, field

from activitylog.aliases import alias_name
from activitylog.call import Call
from activitylog.documents import change_document, documents_of
from activitylog.payload import decoded, encoded
from activitylog.privacy.pseudonym import Pseudonym
from activitylog.storage import Document
from activitylog.tombstones import Graveyard, made_graveyard

__all__ = ["ERASURE", "Progress"]

ERASURE: Final = "erasure"
"""The kind of the documents, named by a digest of one of the person's refs."""


@define
class Progress:
    """An erasure under way; nothing of it is written down before there is something to erase.

    Attributes:
        who: the person, and the pseudonym, which is final with ``begin``.
        files: the digests of the contents that are to be released in the end.
    """

    _call: Call
    _name: str
    who: Pseudonym
    files: frozenset[str] = frozenset()
    _graveyard: Graveyard | None = field(default=None, init=False)

    @classmethod
    def of(cls, call: Call, ref: str) -> Progress:
        """Return the erasure of a person: the one that was interrupted, else a new one."""
        for document in documents_of(call.store, call.tenant, ERASURE):
            who, files = _read(document)
            if ref in who.members:
                return cls(call, document.name, who, files)
        members = call.aliases.fresh(call.store, call.tenant).group(ref)
        return cls(call, alias_name(min(members)), Pseudonym.new(ref, members))

    def grown(self) -> bool:
        """Take in what was merged with the person meanwhile, and tell whether there was something."""
        groups = self._call.aliases.fresh(self._call.store, self._call.tenant)
        members = self.who.members.union(groups.expanded(sorted(self.who.members)))
        if members == self.who.members:
            return False
        self.who, self._graveyard = evolve(self.who, members=members), None
        return True

    def begin(self, files: Iterable[str] = ()) -> Graveyard:
        """Write down whom this erases, and which contents are to go, before anything is changed."""
        wanted = self.files.union(files)
        if self._graveyard is not None and wanted == self.files:
            return self._graveyard
        store, tenant = self._call.store, self._call.tenant

        def written(stored: Document | None) -> str:
            # Another process may have begun the same: then its pseudonym is the one.
            who, known = (self.who, frozenset[str]()) if stored is None else _read(stored)
            together = evolve(who, members=who.members | self.who.members)
            return encoded({**together.to_json(), "files": sorted(known | wanted)})

        _, after = change_document(store, tenant, ERASURE, self._name, written)
        self.who, self.files = _read(after)
        self._graveyard = made_graveyard(store, tenant)
        self._call.secrets.forget(store, tenant)
        self._graveyard.bury_refs(self.who.members, self._call.now)
        return self._graveyard

    def end(self) -> None:
        """Forget whom this erased."""
        change_document(self._call.store, self._call.tenant, ERASURE, self._name, lambda _: None)


def _read(document: Document) -> tuple[Pseudonym, frozenset[str]]:
    body: dict[str, Any] = decoded(document.body or "{}")
    files = frozenset(body.pop("files"))
    return Pseudonym.from_json(body), files
