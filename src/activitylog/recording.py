"""From a draft to the record that is stored: where every value passes its checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final

from attrs import fields, frozen

from activitylog.actors import Actor, mention
from activitylog.audiences import audience
from activitylog.catalog import Catalog
from activitylog.changes import masked, masked_changes
from activitylog.codec import structured, unstructured
from activitylog.context import Context
from activitylog.digests import content_digest
from activitylog.draft import Draft
from activitylog.errors import InvalidInput
from activitylog.fields import as_written
from activitylog.limits import RECORD
from activitylog.marks import Marks
from activitylog.payload import checked_json, encoded, strings
from activitylog.refs import Ref
from activitylog.storage import ABSENT, Mention, Record
from activitylog.times import LATEST, instant, truncated
from activitylog.types import CUSTOM, ActivityType
from activitylog.words import stored_words

__all__ = ["Circumstances", "check_written", "composed", "links_of", "status_of", "typed_data", "words_of"]

EVERYBODY: Final = ("*",)
AHEAD_MAX: Final = timedelta(days=1)
_NEW: Final = {attribute.name: attribute.default for attribute in fields(Record)}
"""What no draft says: nobody has changed, deleted or archived it, and so on."""


@frozen(kw_only=True, slots=False)  # made for every call, and filled faster so
class Circumstances:
    """What one call to the log gives all of its drafts."""

    types: Catalog
    tenant: str
    team: str
    actor: Actor | None
    context: Context | None
    now: datetime
    marks: Marks
    tz: tzinfo
    batch: str = ""


def composed(draft: Draft, given: Circumstances, parents: Mapping[Ref, Sequence[Ref]]) -> Record:
    """Return the record of a draft; ``parents`` holds those of each subject, all levels.

    Raises:
        InvalidInput, UnknownType: a value does not fit; the error names the field.
    """
    declared, loose = _declared(draft, given.types)
    check_written(declared, draft)
    data = typed_data(declared, loose)
    changes = None if draft.changes is None else masked_changes(draft.changes, declared.secret)
    occurred, ended, due = _times(draft, declared, given)
    actor = draft.actor or given.actor
    if actor is None:
        raise InvalidInput("actor", "nobody is named: give one here, by scope(actor=…), or to the ActivityLog")
    context = draft.context or given.context
    source = mention(draft.source)
    links = links_of(draft.subjects, parents, draft.source)
    readers = EVERYBODY if draft.readers is None else draft.readers
    team = given.team if draft.team is None else draft.team
    happened = occurred or draft.made_at
    recorded = given.marks.recorded_at(given.now, draft.id)
    since = max(happened, recorded)
    record = Record.of_values(
        {
            **_NEW,
            "id": draft.id,
            "tenant": given.tenant,
            "type": declared.name,
            "type_version": declared.version,
            "category": declared.category,
            "channel": declared.channel if draft.channel is None else draft.channel,
            "direction": declared.direction if draft.direction is None else draft.direction,
            "actor": actor.mention,
            "behalf": actor.behalf_mention,
            "team": team,
            "assignee": mention(draft.assignee),
            "status": status_of(draft, declared),
            "occurred_at": happened,
            "ended_at": ended or ABSENT,
            "recorded_at": recorded,
            "due_at": due or ABSENT,
            "source": source,
            "batch": given.batch,
            "conversation": draft.conversation,
            "reply_to": "" if draft.reply_to is None else str(draft.reply_to),
            "template": draft.template,
            "visibility": declared.visibility,
            "audience": audience(readers, declared.visibility, team),
            "readers": readers,
            "editors": EVERYBODY if draft.editors is None else draft.editors,
            "tags": draft.tags,
            "links": links,
            "title": draft.title,
            "note": draft.note,
            "data": "" if data is None else encoded(data),
            "changes": "" if changes is None else encoded(changes),
            "context": "" if context is None else context.to_json(),
            "words": words_of(draft.title, draft.note, [*links, actor.mention], data),
            "idempotency_key": draft.idempotency_key,
            "digest": content_digest(
                declared.name,
                [link.ref for link in links[: len(draft.subjects)]],
                source.ref,
                (draft.title, draft.note),
                data,
                changes,
                (occurred, ended, due),
            ),
            "pinned": draft.pinned,
            "archive_at": aged(since, draft.archive_after),
            "purge_at": aged(since, draft.purge_after),
            "modified_at": given.now,
            "modified_by": actor.mention,
            "modified_behalf": actor.behalf_mention,
        }
    )
    check_size(record)
    return record


def aged(since: datetime, age: timedelta | None) -> datetime:
    """Return when something is as old as that, ``LATEST`` for never; ``ABSENT`` without age, as of what has no time."""
    if age is None or since == ABSENT:
        return ABSENT
    try:
        return truncated(min(since + age, LATEST))
    except OverflowError:
        return LATEST


def check_written(declared: ActivityType, draft: Draft) -> None:
    """Raise where the type takes no such draft."""
    if declared.retired:
        raise InvalidInput("type", f"{declared.name!r} is retired: it takes no new entries")
    if declared.of_subject and not draft.of_subject:
        raise InvalidInput(
            "type", f"{declared.name!r} is the status of a subject: log.subjects.set_status(…) checks and records it"
        )


def typed_data(declared: ActivityType, loose: Any) -> Any:
    """Return the data of an activity as JSON, after it passed its type; secret values are replaced.

    Raises:
        InvalidInput: it does not fit the type; names the place and what was expected, never the value.
    """
    if loose is None:
        if declared.data is not None:
            raise InvalidInput("data", f"{declared.name!r} needs a {declared.data.__name__}")
        return None
    if declared.data is not None:
        plain = _typed(loose, declared.data)
    elif isinstance(loose, Mapping) and declared.name.startswith(CUSTOM):
        plain = as_written(declared.fields, loose)
    elif isinstance(loose, Mapping):
        plain = checked_json("data", loose)
    else:
        raise InvalidInput("data", f"{declared.name!r} takes a mapping, not {type(loose).__name__}")
    return masked(plain, declared.secret) if declared.secret else plain


def _typed(loose: Any, kind: type) -> Any:
    given = isinstance(loose, kind)
    data = structured(checked_json("data", unstructured(loose) if given else loose), kind)
    comparable = "__eq__" in vars(kind)
    if given and comparable and data != loose:
        raise InvalidInput("data", f"this {kind.__name__} would be read back as another; check the types of its fields")
    return unstructured(data)


def words_of(title: str, note: str, mentions: Sequence[Mention], data: Any) -> str:
    """Return the search words of an entry, as a record keeps them."""
    texts = [title, note, *[mentioned.label for mentioned in mentions]]
    return stored_words(texts if data is None else [*texts, *strings(data)])


def check_size(record: Record) -> None:
    """Raise where one entry holds more than a store takes."""
    texts = (record.data, record.changes, record.note)
    characters = len(record.data) + len(record.changes) + len(record.note)
    if 4 * characters > RECORD and sum(len(text.encode()) for text in texts) > RECORD:
        raise InvalidInput("data", f"with the note and the changes it is longer than {RECORD:,} bytes; store a link")


def checked_occurrence(declared: ActivityType, occurred: datetime, ended: datetime | None, now: datetime) -> None:
    """Raise where the time lies too far ahead, or the end before the beginning."""
    if not declared.planned and occurred > now + AHEAD_MAX:
        raise InvalidInput(
            "occurred_at", f"lies more than a day ahead, which {declared.name!r} (planned=False) forbids"
        )
    if ended is not None and ended < occurred:
        raise InvalidInput("ended_at", "lies before occurred_at")


def _declared(draft: Draft, types: Catalog) -> tuple[ActivityType, Any]:
    if isinstance(draft.what, str):
        return types[draft.what], draft.data
    declared = types.of_data(draft.what)
    if declared is None or isinstance(draft.what, type):
        raise InvalidInput("what", f"a type's name or its data is expected, not {type(draft.what).__name__}")
    if draft.data is not None:
        raise InvalidInput("data", "the data is given already, as the first argument")
    return declared, draft.what


def _times(
    draft: Draft, declared: ActivityType, given: Circumstances
) -> tuple[datetime | None, datetime | None, datetime | None]:
    if draft.occurred_at is draft.ended_at is draft.due_at is None:
        return None, None, None
    occurred = None if draft.occurred_at is None else instant("occurred_at", draft.occurred_at, given.tz)
    ended = None if draft.ended_at is None else instant("ended_at", draft.ended_at, given.tz)
    due = None if draft.due_at is None else instant("due_at", draft.due_at, given.tz)
    checked_occurrence(declared, occurred or draft.made_at, ended, given.now)
    return occurred, ended, due


def status_of(draft: Draft, declared: ActivityType) -> str:
    """Return the status of a new entry: the draft's, else the type's initial one.

    Raises:
        InvalidInput: the type has no such status.
    """
    if not draft.status:
        return declared.initial
    if draft.status not in declared.statuses:
        known = ", ".join(map(repr, declared.statuses)) or "none"
        raise InvalidInput("status", f"{declared.name!r} has no status {draft.status!r}; it has {known}")
    return draft.status


def links_of(subjects: Sequence[Ref], parents: Mapping[Ref, Sequence[Ref]], source: Ref | None) -> tuple[Mention, ...]:
    """Return what an entry is linked to: its subjects, their parents and its source."""
    if not subjects:
        raise InvalidInput("subjects", "none is given: whom is the activity about?")
    links = [mention(subject, "subject") for subject in subjects]
    if parents:
        above = dict.fromkeys(parent for subject in subjects for parent in parents.get(subject, ()))
        links += [mention(parent, "parent") for parent in above if parent not in subjects]
    if source is not None:
        links.append(mention(source, "source"))
    return tuple(links)
