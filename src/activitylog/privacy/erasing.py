"""Erasing a person: pass after pass, until nothing names them any more.

The first pass reads every entry of the tenant with its versions, for no index knows what older versions held; each next
one reads what still names the person, and what was written since the one before began. A part is changed at once where
the store has transactions, else entry by entry; what was interrupted is completed by a repetition.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from attrs import define, field

from activitylog.actors import Actor
from activitylog.call import Call
from activitylog.errors import ActivityNotFound, OnHold, StaleVersion, WriteConflict
from activitylog.exported import versions_of
from activitylog.holds import held_refs, on_hold
from activitylog.privacy.anonymous import Anonymous, with_key_of
from activitylog.privacy.documents import remove_documents, rename_documents
from activitylog.privacy.progress import Progress
from activitylog.privacy.walk import named_or_new, parts
from activitylog.storage import ALWAYS, And, Capability, Field, In, Query, Record, Versioned, Where
from activitylog.writing import unit

__all__ = ["Erasing"]

PASSES: Final = 20


@define
class Erasing:
    """One erasure.

    Attributes:
        progress: whom it erases.
        done: what it did, by number.
    """

    _call: Call
    _purges: bool
    progress: Progress
    done: Counter[str] = field(factory=Counter, init=False)
    _actor: Actor = field(init=False)

    @_actor.default
    def _who_erases(self) -> Actor:
        return self._call.named_actor()

    def run(self) -> None:
        """Erase the person.

        Raises:
            OnHold: something of the person is held; nothing was changed, unless the hold came in the midst of it.
            WriteConflict: others go on writing about the person.
        """
        where = ALWAYS
        for _ in range(PASSES):
            begun_at = self._call.settings.present()
            self._check_holds()
            found = self._pass(where)
            grown = self.progress.grown()
            if not (found or grown):
                self._finish()
                return
            where = ALWAYS if grown else named_or_new(self.progress.who.members, begun_at)
        raise WriteConflict("others go on writing about the person: stop that, then erase again to complete it")

    def _pass(self, where: Where) -> int:
        """Erase what a condition finds, and return how much that was."""
        found = 0
        for part in parts(self._call.store, self._call.tenant, where):
            anonymous = self._anonymous()
            concerned = [entry for entry in map(self._with_versions, part) if anonymous.concerns(entry)]
            if concerned:
                self._erase(concerned)
                found += len(concerned)
        renamed = rename_documents(self._call, self.progress)
        self.done["documents"] += renamed
        return found + renamed

    def _erase(self, entries: Sequence[Versioned]) -> None:
        """Erase entries, together where nobody else changes one of them."""
        for current, _ in entries:
            if current.held:
                raise _on_hold(current)
        anonymous = self._anonymous()
        self.progress.begin(_files(anonymous, entries)).bury_keys(anonymous.keys(entries))
        anonymous = self._anonymous()  # whose pseudonym is final now
        if Capability.TRANSACTIONS in self._call.store.capabilities:
            with suppress(StaleVersion, ActivityNotFound, WriteConflict):
                self._write(anonymous, entries)
                return
        for entry in entries:
            with suppress(StaleVersion, ActivityNotFound):  # the next pass finds what it is now
                self._write(anonymous, [entry])

    def _write(self, anonymous: Anonymous, entries: Sequence[Versioned]) -> None:
        gone = {current.id for current, _ in entries if self._purges and anonymous.is_own(current)}
        left = [(entry[0], anonymous.entry(entry)) for entry in entries if entry[0].id not in gone]
        with unit(self._call) as whole:
            changed = [made for current, (made, _) in left if made.audience != current.audience]
            whole.audiences.ensure(whole.store, changed)
            for current, (made, _) in left:
                if made.version != current.version:
                    # So that nobody's change is lost, and who read the entry before cannot write it back.
                    whole.store.replace(with_key_of(made, current), expected_version=current.version)
            whole.store.rewrite([entry for _, entry in left])
            purged = self._purge(whole, gone)
        self.done["anonymised"] += len(left)
        self.done["deleted"] += purged

    def _purge(self, call: Call, gone: Collection[UUID]) -> int:
        if not gone:
            return 0
        where = And((In(Field.ID, gone), In(Field.HELD, [False])))
        return call.store.delete(Query(tenant=call.tenant, where=where, limit=len(gone)), limit=len(gone))

    def _finish(self) -> None:
        call = self._call
        self.done["documents"] += remove_documents(call, self.progress)
        if self.progress.files:
            call.store.after_commit(self._remove_files)
        self.progress.end()
        call.store.scrub()

    def _remove_files(self) -> None:
        self.done["files"] += self._call.contents.of(self._call.tenant).remove(self.progress.files)

    def _check_holds(self) -> None:
        """Raise where the person is held, or an entry that names them; entries are as well by their subjects."""
        store, tenant = self._call.store, self._call.tenant
        held = held_refs(store, tenant)
        anonymous = self._anonymous()
        if not held.isdisjoint(self.progress.who.members):
            raise OnHold("ref: the person, or one that is merged with them, is on hold; release it first, then erase")
        for part in parts(store, tenant, on_hold(held)):
            for record in part:
                if anonymous.concerns(self._with_versions(record)):
                    raise _on_hold(record)

    def _anonymous(self) -> Anonymous:
        return Anonymous(self.progress.who, self._call.types.get, self._actor, self._call.now)

    def _with_versions(self, record: Record) -> Versioned:
        return record, versions_of(self._call.store, record)


def _on_hold(record: Record) -> OnHold:
    held = f"activity {record.id}, which names the person, is on hold, itself or by what it is linked to"
    return OnHold(f"ref: {held}; release it first, then erase")


def _files(anonymous: Anonymous, entries: Sequence[Versioned]) -> set[str]:
    """Return the digests of the files of entries that are about nobody else."""
    own = [entry for entry in entries if anonymous.is_own(entry[0])]
    return {file.sha256 for current, earlier in own for record in (current, *earlier) for file in record.files}
