"""Activities as people and programs read them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen

from activitylog.actors import Actor, ref_of
from activitylog.attachments import Attachment
from activitylog.changes import Change, labelled
from activitylog.codec import structured
from activitylog.context import Context
from activitylog.fields import as_read
from activitylog.language import part, rendered, translated
from activitylog.payload import decoded
from activitylog.presentation import Named, name_of, plain
from activitylog.redaction import is_redacted
from activitylog.refs import Ref
from activitylog.storage import ABSENT, Mention, Record
from activitylog.types import ActivityType

__all__ = ["Activity", "ActivityLike", "Link"]

_logger = logging.getLogger("activitylog")


@frozen
class Link:
    """Where the host shows the thing that a ref names: its present label, and a URL or an empty text."""

    label: str
    url: str = ""


@frozen(eq=False, repr=False)
class Activity:
    """One activity, as it was stored when it was read; texts are in the language fixed by then.

    Two are equal when they are the same version of the same entry, with the same content. Times are aware, in UTC, or
    None; texts that are absent are empty.
    """

    _record: Record
    _type: ActivityType | None
    _language: str
    _created: bool = False

    # -- what happened -----------------------------------------------------------------------------------------------

    @property
    def id(self) -> UUID:
        """The id, made by the writer; rising within one process."""
        return self._record.id

    @property
    def tenant(self) -> str:
        """The tenant it belongs to."""
        return self._record.tenant

    @property
    def type(self) -> str:
        """The name of its type."""
        return self._record.type

    @property
    def category(self) -> str:
        """Its type's category when it was written."""
        return self._record.category

    @property
    def channel(self) -> str:
        """By which channel."""
        return self._record.channel

    @property
    def direction(self) -> str:
        """``incoming``, ``outgoing`` or empty."""
        return self._record.direction

    @property
    def data(self) -> Any:
        """An instance of the type's data class, else a mapping, else None.

        Older versions are upcast. Where the type is not declared any more, or its class refuses what was stored, it
        is the mapping as stored.
        """
        if not self._record.data:
            return None
        stored = decoded(self._record.data)
        return stored if self._type is None else _typed(self._type, self._record, stored)

    @property
    def title(self) -> str:
        """The thing's own short text, such as a mail's subject."""
        return self._record.title

    @property
    def note(self) -> str:
        """A person's free text."""
        return self._record.note

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changed, field by field, in a change entry."""
        if not self._record.changes:
            return ()
        return labelled(decoded(self._record.changes), self._type.field_labels if self._type else {}, self._language)

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""
        return self._record.occurred_at

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        return _time(self._record.ended_at)

    @property
    def recorded_at(self) -> datetime:
        """When it was written."""
        return self._record.recorded_at

    # -- to whom, by whom ----------------------------------------------------------------------------------------------

    @property
    def subjects(self) -> tuple[Ref, ...]:
        """Whom it is about, with their labels at that time."""
        return self._linked("subject")

    @property
    def parents(self) -> tuple[Ref, ...]:
        """To whom the subjects belonged when it was written."""
        return self._linked("parent")

    @property
    def source(self) -> Ref | None:
        """The host's object that it came from."""
        return _ref(self._record.source)

    @property
    def actor(self) -> Actor | None:
        """Who did it, and on whose behalf."""
        return Actor.of_mentions(self._record.actor, self._record.behalf)

    @property
    def context(self) -> Context:
        """From where it was done."""
        return Context.from_json(self._record.context)

    @property
    def team(self) -> str:
        """The owning team."""
        return self._record.team

    @property
    def visibility(self) -> str:
        """``internal``, or ``customer`` where the customer may see it too."""
        return self._record.visibility

    # -- how it is handled ---------------------------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """The name of its status."""
        return self._record.status

    @property
    def assignee(self) -> Ref | None:
        """Who is to do it."""
        return _ref(self._record.assignee)

    @property
    def due_at(self) -> datetime | None:
        """Until when it is to be done."""
        return _time(self._record.due_at)

    @property
    def readers(self) -> tuple[str, ...]:
        """Who may see it: refs as text, ``*`` for everybody."""
        return self._record.readers

    @property
    def editors(self) -> tuple[str, ...]:
        """Who may edit it: refs as text, ``*`` for everybody."""
        return self._record.editors

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags, sorted."""
        return self._record.tags

    @property
    def pinned(self) -> bool:
        """Whether it stands on top."""
        return self._record.pinned

    @property
    def archived(self) -> bool:
        """Whether it is out of the normal timeline."""
        return self._record.archived_at < ABSENT

    @property
    def deleted(self) -> bool:
        """Whether it is deleted, and can be restored."""
        return self._record.deleted_at < ABSENT

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Its files: what is known of them; ``log.files.open`` gives their content."""
        return tuple(Attachment.of_file(file) for file in self._record.files)

    @property
    def archive_after(self) -> timedelta | None:
        """At which age it leaves the normal timeline, where it or its template says so."""
        return self._age(self._record.archive_at)

    @property
    def purge_after(self) -> timedelta | None:
        """At which age it leaves the store, where it or its template says so."""
        return self._age(self._record.purge_at)

    @property
    def conversation(self) -> str:
        """The name of the conversation it belongs to."""
        return self._record.conversation

    @property
    def reply_to(self) -> UUID | None:
        """The activity that it answers."""
        return UUID(self._record.reply_to) if self._record.reply_to else None

    @property
    def batch(self) -> str:
        """What wrote it together with others, where a plan did."""
        return self._record.batch

    @property
    def template(self) -> str:
        """The name of the template it was made from."""
        return self._record.template

    @property
    def idempotency_key(self) -> str | None:
        """The name under which it is recorded only once."""
        return self._record.idempotency_key

    @property
    def version(self) -> int:
        """From 1; each edit and each handling makes the next."""
        return self._record.version

    @property
    def manual(self) -> bool:
        """Whether people write entries of this type, and may edit and delete them."""
        return self._type is not None and self._type.manual

    @property
    def created(self) -> bool:
        """Whether the call that returned it wrote it; False where it was there before, and when read."""
        return self._created

    # -- for people ----------------------------------------------------------------------------------------------------

    @property
    def redacted(self) -> bool:
        """Whether the viewer may only know that there was one: its type, its times and its actor are told, no more."""
        return is_redacted(self._record)

    @property
    def label(self) -> str:
        """The type's name for people."""
        return self._type.label_in(self._language) if self._type else self.type

    @property
    def summary(self) -> str:
        """The line that a person reads: the type's template, filled from data, subjects and actor."""
        template = translated(self._type.summary, self._language) if self._type and not self.redacted else ""
        if template:
            return rendered(template, self._placeholder)
        return f"{self.label}: {self.title}" if self.title else self.label

    @property
    def status_label(self) -> str:
        """The status's name for people."""
        status = self._type.statuses.get(self.status) if self._type else None
        return translated(status.label, self._language) if status and status.label else self.status

    @property
    def icon(self) -> str:
        """The name of the type's icon."""
        return self._type.icon if self._type else ""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON values, times as ISO texts, refs as texts with their labels beside them."""
        found = {name: plain(getattr(self, name)) for name in _IN_DICT}
        found["data"] = decoded(self._record.data) if self._record.data else None
        found["changes"] = [{"field": c.field, "label": c.label, "old": c.old, "new": c.new} for c in self.changes]
        found["context"] = self.context.to_dict()
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Activity) and _shown_values(self._record) == _shown_values(other._record)

    def __hash__(self) -> int:
        return hash((self.id, self.version))

    def __repr__(self) -> str:
        return f"<Activity {self.type} {self.id} v{self.version} {self.occurred_at:%Y-%m-%dT%H:%M:%SZ}>"

    def _linked(self, role: str) -> tuple[Ref, ...]:
        return tuple(ref_of(link) for link in self._record.links if link.role == role)

    def _age(self, until: datetime) -> timedelta | None:
        return None if until == ABSENT else until - max(self.occurred_at, self.recorded_at)

    def _placeholder(self, name: str) -> Any:
        data = self.data
        found = part(data, name)
        if found is not None:
            return found
        match name:
            case "subject":
                return Named(self.subjects[0]) if self.subjects else None
            case "subjects":
                return ", ".join(map(name_of, self.subjects))
            case "actor":
                return None if self.actor is None else Named(self.actor.ref)
            case "changes":
                return ", ".join(change.label for change in self.changes)
            case "title":
                return self.title
            case "status":
                return self.status_label
            case _:
                return None


ActivityLike = Activity | UUID | str
"""What names one activity: itself, its id, or the id's text."""


_IN_DICT = (
    "id", "tenant", "type", "label", "summary", "icon", "category", "channel", "direction", "actor", "subjects",
    "parents", "source", "title", "note", "occurred_at", "ended_at", "recorded_at", "due_at", "status",
    "status_label", "assignee", "team", "visibility", "readers", "editors", "tags", "pinned", "archived", "deleted",
    "attachments", "archive_after", "purge_after", "conversation", "reply_to", "batch", "template", "idempotency_key",
    "version", "manual", "redacted",
)  # fmt: skip


def _shown_values(record: Record) -> dict[str, Any]:
    # Pages leave words and digest out; nobody sees them.
    return {**vars(record), "words": "", "digest": ""}


def _ref(mentioned: Mention) -> Ref | None:
    return ref_of(mentioned) if mentioned.ref else None


def _time(moment: datetime) -> datetime | None:
    return None if moment == ABSENT else moment


def _typed(declared: ActivityType, record: Record, stored: Any) -> Any:
    try:
        current = stored
        for version in range(record.type_version, declared.version):
            upcast = declared.upcasters.get(version)
            current = current if upcast is None else upcast(current)
        if declared.fields and isinstance(current, dict):
            return as_read(declared.fields, current)
        return current if declared.data is None else structured(current, declared.data)
    except Exception as error:
        # One entry that a newer class, or a faulty upcaster, refuses must not make a whole timeline unreadable.
        _logger.warning(
            "the data of activity %s does not fit its type %s (%s)", record.id, declared.name, type(error).__name__
        )
        return decoded(record.data)
