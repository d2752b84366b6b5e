"""What one call to a log works with: its settings, its store, and what is ambient."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen
from blinker import NamedSignal

from activitylog.activity import Activity
from activitylog.actors import Actor
from activitylog.aliases import Aliases
from activitylog.attachments import Contents
from activitylog.audiences import Audiences
from activitylog.catalog import Catalog
from activitylog.cursors import Keys
from activitylog.door import Door
from activitylog.errors import InvalidInput, NotAllowed
from activitylog.keeping import Keepings
from activitylog.recording import Circumstances
from activitylog.scope import Surroundings, asked_actor
from activitylog.settings import Settings
from activitylog.sight import Rights
from activitylog.signals import send
from activitylog.storage import Record, Storage
from activitylog.tombstones import Secrets
from activitylog.viewers import Viewer, check_trusted

__all__ = ["Call"]


@frozen(kw_only=True, slots=False)  # made for every call, and filled faster so
class Call:
    """One call: where it writes, who the base log is, and what scopes and providers say."""

    settings: Settings
    store: Storage
    sender: Any
    tenant: str
    audiences: Audiences
    aliases: Aliases
    keepings: Keepings
    secrets: Secrets
    types: Catalog
    keys: Keys
    contents: Contents
    around: Surroundings
    viewer: Viewer | None = None
    paused: bool = False
    now: datetime = field()

    @now.default
    def _present(self) -> datetime:
        return self.settings.present()

    @property
    def language(self) -> str:
        """The language of the scope, else the log's."""
        return self.around.language or self.settings.language

    @property
    def is_limited(self) -> bool:
        """Whether the log is limited to a viewer."""
        return self.viewer is not None and self.viewer.is_limited

    @property
    def door(self) -> Door:
        """The way to read.

        Raises:
            NotAllowed: the log wants to be told who is asking, and was not.
        """
        return self.door_of(lambda: self.store)

    def door_of(self, store: Callable[[], Storage]) -> Door:
        """Return the way to read a store that is found when it is read."""
        self.check_told()
        return Door(store, self.tenant, self.rights)

    def check_told(self) -> None:
        """Raise where the log wants to be told who is asking, and was not."""
        if self.viewer is None and self.settings.require_viewer:
            raise NotAllowed(
                "this log must be told who is asking: read by log.visible_to(viewer), trusted code by "
                "log.visible_to(Viewer.unlimited())"
            )

    @property
    def rights(self) -> Rights:
        """What decides on what is seen: of the viewer, or of whoever records without one."""
        return Rights(
            self.viewer or Viewer.unlimited(),
            self.types,
            self.audiences,
            self.aliases,
            self.keepings,
            self.settings.present,
            self.settings.policy,
        )

    def trusted(self, what: str) -> Call:
        """Return the call, of a log that is not limited to a viewer.

        Raises:
            NotAllowed: it is, or wants to be told who is asking, and was not.
        """
        self.check_told()
        check_trusted(self.viewer, what)
        return self

    def for_staff(self, what: str) -> Call:
        """Return the call, of a log that is not limited to a customer.

        Raises:
            NotAllowed: it is.
        """
        self.check_told()
        return self if self.viewer is None or self.viewer.internal else self.trusted(what)

    def within(self, tenant: str, language: str) -> Call:
        """Return the call in this tenant, and in this language where no scope names one."""
        around = evolve(self.around, language=self.around.language or language)
        return evolve(self, tenant=tenant, around=around, types=evolve(self.types, tenant=tenant))

    def actor(self) -> Actor | None:
        """Return who acts: by the scope, else by the log's own actor."""
        return self.around.actor_now() or asked_actor(self.settings.actor)

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
