"""What one call to a log works with: its settings, its store, and what is ambient."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, Literal
from uuid import UUID

from attrs import evolve, field, frozen
from blinker import NamedSignal

from activitylog.activity import Activity
from activitylog.actors import Actor
from activitylog.aliases import Aliases
from activitylog.attachments import Contents
from activitylog.audiences import Audiences
from activitylog.belonging import Parents
from activitylog.catalog import Catalog
from activitylog.cursors import Keys
from activitylog.errors import InvalidInput
from activitylog.marks import Marks
from activitylog.recording import Circumstances
from activitylog.scope import ActorSource, Surroundings
from activitylog.signals import send
from activitylog.storage import Record, Storage
from activitylog.times import Clock, instant
from activitylog.types import TypeRegistry
from activitylog.viewers import Door, Viewer

__all__ = ["Call", "Settings"]


@frozen(kw_only=True)
class Settings:
    """What a log was made with."""

    types: TypeRegistry
    actor: ActorSource | None
    tenant: str
    parents: Parents | None
    language: str
    tz: tzinfo
    on_unavailable: Literal["raise", "log"]
    clock: Clock
    marks: Marks = field(factory=Marks)


@frozen(kw_only=True, slots=False)  # made for every call, and filled faster so
class Call:
    """One call: where it writes, who the base log is, and what scopes and providers say."""

    settings: Settings
    store: Storage
    sender: Any
    audiences: Audiences
    aliases: Aliases
    types: Catalog
    keys: Keys
    contents: Contents
    around: Surroundings
    paused: bool = False
    now: datetime = field()

    @now.default
    def _present(self) -> datetime:
        return instant("clock", self.settings.clock(), self.settings.tz)

    @property
    def tenant(self) -> str:
        """The tenant of the scope, else the log's."""
        return self.around.tenant or self.settings.tenant

    @property
    def language(self) -> str:
        """The language of the scope, else the log's."""
        return self.around.language or self.settings.language

    @property
    def door(self) -> Door:
        """The way to read."""
        return Door(lambda: self.store, self.tenant, Viewer.unlimited())

    def within(self, tenant: str, language: str) -> Call:
        """Return the call in this tenant, and in this language where no scope names one."""
        around = evolve(self.around, tenant=tenant, language=self.around.language or language)
        return evolve(self, around=around, types=evolve(self.types, tenant=tenant))

    def actor(self) -> Actor | None:
        """Return who acts: by the scope, else by the log's own actor."""
        found = self.around.actor_now()
        return found or Surroundings(actor=self.settings.actor).actor_now()

    def named_actor(self) -> Actor:
        """Return who acts.

        Raises:
            InvalidInput: nobody is named.
        """
        found = self.actor()
        if found is None:
            raise InvalidInput("actor", "nobody is named: use scope(actor=…), or give the ActivityLog one")
        return found

    def circumstances(self, *, actor_wanted: bool, batch: str = "") -> Circumstances:
        """Return what all drafts of this call have in common; nobody is asked for an actor that all of them name."""
        return Circumstances(
            types=self.types,
            tenant=self.tenant,
            team=self.around.team or "",
            actor=self.actor() if actor_wanted else None,
            context=self.around.context,
            now=self.now,
            marks=self.settings.marks,
            tz=self.settings.tz,
            batch=batch,
        )

    def activity(self, record: Record, *, created: bool = False) -> Activity:
        """Return the record as the caller reads it."""
        return Activity(record, self.types.get(record.type), self.language, created)

    def announce(self, signal: NamedSignal, activities: list[Activity]) -> None:
        """Send the signal once what was written is committed."""
        if activities and signal.receivers:
            payload = tuple(activities)
            self.store.after_commit(lambda: send(signal, self.sender, activities=payload))

    def stored(self, id: UUID) -> Record:
        """Return an entry through the door, whole."""
        return self.door.one(id)
