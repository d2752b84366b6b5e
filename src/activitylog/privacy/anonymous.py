"""What is left of an entry when a person is erased: the same for each of its versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import evolve, frozen

from activitylog.actors import Actor
from activitylog.audiences import audience
from activitylog.changes import REDACTED
from activitylog.payload import decoded, encoded
from activitylog.privacy.pseudonym import Pseudonym
from activitylog.recording import words_of
from activitylog.storage import NOBODY, Record, Versioned
from activitylog.subject_status import CHAIN, chain_of
from activitylog.types import VIEWED, ActivityType

__all__ = ["ERASED", "Anonymous", "with_key_of"]

ERASED: Final = "erased"
"""The action of the version that an erasure makes."""

_BLIND: Final = "erased:"
_TEXTS: Final[dict[str, Any]] = dict.fromkeys(("title", "note", "data", "changes", "context", "comment"), "")
"""What goes of an entry that is about nobody else."""


@frozen
class Anonymous:
    """Takes a person out of entries.

    Attributes:
        who: the person.
        type_of: the declared type of a name, or None.
        actor, at: who erases, and when.
    """

    who: Pseudonym
    type_of: Callable[[str], ActivityType | None]
    actor: Actor
    at: datetime

    def concerns(self, entry: Versioned) -> bool:
        """Tell whether a version of an entry names the person."""
        current, earlier = entry
        return any(self.renamed(record) != record for record in (current, *earlier))

    def is_own(self, record: Record) -> bool:
        """Tell whether an entry is about the person, and about nobody else."""
        return _subjects(record) <= self.who.all

    def entry(self, entry: Versioned) -> Versioned:
        """Return an entry without the person: each version, and another one, which says who erased and when."""
        current, earlier = entry
        own, key_goes = self.is_own(current), self.key_goes(current, earlier)
        chain = [self._left(record, own=own, key_goes=key_goes) for record in (*earlier, current)]
        if current.action == ERASED and with_key_of(chain[-1], current) == current:
            return chain[-1], chain[:-1]  # an erasure that was killed here has made the version already
        made = evolve(
            chain[-1],
            version=current.version + 1,
            modified_at=self.at,
            modified_by=self.who.mention(self.actor.mention),
            modified_behalf=self.who.mention(self.actor.behalf_mention),
            action=ERASED,
            comment="",
        )
        return made, chain

    def keys(self, entries: Iterable[Versioned]) -> list[str]:
        """Return the idempotency keys that go, but those that the library makes itself of who is concerned."""
        return [
            current.idempotency_key
            for current, earlier in entries
            if current.idempotency_key is not None
            and self.key_goes(current, earlier)
            and not (current.type == VIEWED or self._conversation(current).startswith(CHAIN))
        ]

    def key_goes(self, current: Record, earlier: Sequence[Record]) -> bool:
        """Tell whether the key and the digest of an entry go: they would confirm who sees guesses of the content."""
        key = current.idempotency_key or ""
        return (
            current.type == VIEWED or any(member in key for member in self.who.members) or self._told(current, earlier)
        )

    def _told(self, current: Record, earlier: Sequence[Record]) -> bool:
        return any(
            self._is_about(record) or self._content(record) != (record.source, record.data, record.changes)
            for record in (*earlier, current)
        )

    def renamed(self, record: Record) -> Record:
        """Return a version with the pseudonym in place of the person; it is the same where they are not named."""
        record = self._upcast(record)
        source, data, changes = self._content(record)
        readers = self.who.principals(record.readers)
        acted = not self.who.all.isdisjoint((record.actor.ref, record.behalf.ref))
        return evolve(
            record,
            actor=self.who.mention(record.actor),
            behalf=self.who.mention(record.behalf),
            assignee=self.who.mention(record.assignee),
            modified_by=self.who.mention(record.modified_by),
            modified_behalf=self.who.mention(record.modified_behalf),
            source=source,
            links=self.who.mentions(record.links),
            readers=readers,
            editors=self.who.principals(record.editors),
            audience=record.audience if readers == record.readers else _audience(record, readers),
            data=data,
            changes=changes,
            context="" if acted else record.context,
            conversation=self._conversation(record),
        )

    def _left(self, record: Record, *, own: bool, key_goes: bool) -> Record:
        left = self.renamed(record)
        if own:
            links = tuple(link for link in left.links if link.role != "source")
            thread = self._thread(left)
            left = evolve(left, source=NOBODY, links=links, tags=(), files=(), conversation=thread, **_TEXTS)
        if key_goes:
            left = evolve(left, idempotency_key=None, digest=self.who.blind(record.digest))
        data = decoded(left.data) if left.data else None
        return evolve(left, words=words_of(left.title, left.note, [*left.links, left.actor], data))

    def _is_about(self, record: Record) -> bool:
        return not self.who.all.isdisjoint(_subjects(record))

    def _content(self, record: Record) -> tuple[Any, str, str]:
        personal = self._personal(record)
        return self.who.mention(record.source), self._data(record.data, personal), self._changes(record, personal)

    def _upcast(self, record: Record) -> Record:
        """Return a version with its data as the type has it now: personal fields are named as of now."""
        declared = self.type_of(record.type) if self._is_about(record) and record.data else None
        if declared is None or not declared.personal or record.type_version >= declared.version:
            return record
        data = decoded(record.data)
        for version in range(record.type_version, declared.version):
            upcast = declared.upcasters.get(version)
            data = data if upcast is None else upcast(data)
        return evolve(record, data=encoded(data), type_version=declared.version)

    def _personal(self, record: Record) -> frozenset[str]:
        declared = self.type_of(record.type) if self._is_about(record) else None
        return frozenset() if declared is None else declared.personal

    def _data(self, text: str, personal: frozenset[str]) -> str:
        if not text or not (personal or self.who.may_be_in(text)):
            return text
        stored = decoded(text)
        left = _without(self.who.json(stored), personal)
        return text if left == stored else encoded(left)

    def _changes(self, record: Record, personal: frozenset[str]) -> str:
        if not record.changes or not (personal or self.who.may_be_in(record.changes)):
            return record.changes
        stored = decoded(record.changes)
        left = [
            [self.who.path(path), *(self._value(path, each, personal) for each in values)] for path, *values in stored
        ]
        return record.changes if left == stored else encoded(left)

    def _value(self, path: str, value: Any, personal: frozenset[str]) -> Any:
        hidden = any(path == name or path.startswith(f"{name}.") for name in personal)
        hidden = hidden or not personal.isdisjoint(path.split("."))
        return _taken(value) if hidden else _without(self.who.json(value), personal)

    def _conversation(self, record: Record) -> str:
        """The chain of a subject's status is named by a digest of the subject; other threads can be by the ref."""
        if not record.conversation:
            return ""
        if record.conversation in self.who.members:
            return f"{_BLIND}{self.who.blind(record.conversation)}"
        chains = {chain_of(record.type, member) for member in self.who.members}
        return chain_of(record.type, self.who.ref) if record.conversation in chains else record.conversation

    def _thread(self, left: Record) -> str:
        """Names of conversations are texts, such as the id of a mail: the thread stays, under another name."""
        found = left.conversation
        if not found or found.startswith(_BLIND) or found == chain_of(left.type, self.who.ref):
            return found
        return f"{_BLIND}{self.who.blind(found)}"


def with_key_of(record: Record, stored: Record) -> Record:
    """Return a version with the key and the digest of another."""
    return evolve(record, idempotency_key=stored.idempotency_key, digest=stored.digest)


def _audience(record: Record, readers: tuple[str, ...]) -> str:
    return audience(readers, record.visibility, record.team)


def _subjects(record: Record) -> set[str]:
    return {link.ref for link in record.links if link.role == "subject"}


def _without(value: Any, personal: frozenset[str]) -> Any:
    """Return JSON without the values of personal fields, at any depth."""
    match value:
        case dict() if personal:
            return {key: _taken(item) if key in personal else _without(item, personal) for key, item in value.items()}
        case list() if personal:
            return [_without(item, personal) for item in value]
        case _:
            return value


def _taken(value: Any) -> Any:
    return REDACTED if isinstance(value, str) else None
