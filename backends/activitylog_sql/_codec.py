"""Records to rows of driver primitives and back, by hand: this is what a page and a bulk load spend their time in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from activitylog.storage import ABSENT, NOBODY, Field, File, Mention, Record
from activitylog_sql._sqlite import Primitive, SQLite

__all__ = ["ENTRY_COLUMNS", "KEPT_BY_REPLACE", "LINK_COLUMNS", "TIMES", "Codec"]

ENTRY_COLUMNS: Final = (
    *("id", "tenant", "type", "type_version", "category", "channel", "direction"),
    *("actor", "actor_label", "actor_role", "behalf", "behalf_label", "behalf_role"),
    *("team", "assignee", "assignee_label", "status", "occurred_at", "ended_at", "recorded_at", "due_at"),
    *("source", "source_label", "batch", "conversation", "reply_to", "template", "visibility", "audience"),
    *("idempotency_key", "pinned", "held", "archive_at", "purge_at", "version", "modified_at"),
    *("modified_by", "modified_by_label", "modified_by_role"),
    *("modified_behalf", "modified_behalf_label", "modified_behalf_role"),
    *("action", "comment", "deleted_at", "archived_at", "readers", "editors", "tags", "files", "links"),
    *("title", "note", "data", "changes", "context", "digest", "words"),
)
"""The columns of an entry as its row holds them; what a page does not show comes last."""

KEPT_BY_REPLACE: Final = frozenset({"id", "tenant", "recorded_at", "idempotency_key", "digest"})

LINK_COLUMNS: Final = (
    *("tenant", "ref", "occurred_at", "id", "role", "type", "category", "channel", "direction", "actor"),
    *("assignee", "status", "team", "audience", "pinned", "deleted_at", "archived_at"),
)

TIMES: Final = frozenset(name for name in Field if name.endswith("_at"))

_FLAGS: Final = frozenset({Field.PINNED, Field.HELD})
_STRENGTH: Final = {"subject": 0, "parent": 1, "source": 2}
_EMPTY: Final = "[]"

_new = object.__new__
_set = object.__setattr__


class Codec:
    """Reads and writes rows in the formats of one dialect."""

    def __init__(self, dialect: SQLite) -> None:
        self.dialect = dialect
        self._absent = dialect.time(ABSENT)

    def entry(self, r: Record) -> tuple[Primitive, ...]:
        """Return the row of an entry, in the order of ``ENTRY_COLUMNS``."""
        time = self._time
        actor, behalf, by, by_behalf = r.actor, r.behalf, r.modified_by, r.modified_behalf
        # fmt: off -- line by line as in ENTRY_COLUMNS
        return (
            self.dialect.id(r.id),
            r.tenant,
            r.type,
            r.type_version,
            r.category,
            r.channel,
            r.direction,
            actor.ref,
            actor.label,
            actor.role,
            behalf.ref,
            behalf.label,
            behalf.role,
            r.team,
            r.assignee.ref,
            r.assignee.label,
            r.status,
            time(r.occurred_at),
            time(r.ended_at),
            time(r.recorded_at),
            time(r.due_at),
            r.source.ref,
            r.source.label,
            r.batch,
            r.conversation,
            r.reply_to,
            r.template,
            r.visibility,
            r.audience,
            r.idempotency_key,
            int(r.pinned),
            int(r.held),
            time(r.archive_at),
            time(r.purge_at),
            r.version,
            time(r.modified_at),
            by.ref,
            by.label,
            by.role,
            by_behalf.ref,
            by_behalf.label,
            by_behalf.role,
            r.action,
            r.comment,
            time(r.deleted_at),
            time(r.archived_at),
            _texts(r.readers),
            _texts(r.editors),
            _texts(r.tags),
            _files(r.files),
            _links(r.links),
            r.title,
            r.note,
            r.data,
            r.changes,
            r.context,
            r.digest,
            r.words,
        )
        # fmt: on

    def links(self, r: Record) -> list[tuple[Primitive, ...]]:
        """Return one row, in the order of ``LINK_COLUMNS``, per ref that the entry is linked to."""
        time = self._time
        occurred_at, deleted_at, archived_at = time(r.occurred_at), time(r.deleted_at), time(r.archived_at)
        id = self.dialect.id(r.id)
        # fmt: off -- line by line as in LINK_COLUMNS
        return [
            (
                r.tenant,
                ref,
                occurred_at,
                id,
                role,
                r.type,
                r.category,
                r.channel,
                r.direction,
                r.actor.ref,
                r.assignee.ref,
                r.status,
                r.team,
                r.audience,
                int(r.pinned),
                deleted_at,
                archived_at,
            )
            for ref, role in _strongest(r.links).items()
        ]
        # fmt: on

    def record(self, row: Sequence[Any]) -> Record:
        """Return the record of a row in the order of ``ENTRY_COLUMNS``."""
        # fmt: off -- line by line as in ENTRY_COLUMNS
        (
            id,
            tenant,
            type,
            type_version,
            category,
            channel,
            direction,
            actor,
            actor_label,
            actor_role,
            behalf,
            behalf_label,
            behalf_role,
            team,
            assignee,
            assignee_label,
            status,
            occurred_at,
            ended_at,
            recorded_at,
            due_at,
            source,
            source_label,
            batch,
            conversation,
            reply_to,
            template,
            visibility,
            audience,
            idempotency_key,
            pinned,
            held,
            archive_at,
            purge_at,
            version,
            modified_at,
            by,
            by_label,
            by_role,
            by_behalf,
            by_behalf_label,
            by_behalf_role,
            action,
            comment,
            deleted_at,
            archived_at,
            readers,
            editors,
            tags,
            files,
            links,
            title,
            note,
            data,
            changes,
            context,
            digest,
            words,
        ) = row
        # fmt: on
        time = self.dialect.read_time
        made = _new(Record)
        # what the store holds was a record: filling its dict takes a third of the time of its constructor
        _set(
            made,
            "__dict__",
            {
                "id": self.dialect.read_id(id),
                "tenant": tenant,
                "type": type,
                "type_version": type_version,
                "category": category,
                "channel": channel,
                "direction": direction,
                "actor": Mention(actor, actor_label, actor_role) if actor else NOBODY,
                "behalf": Mention(behalf, behalf_label, behalf_role) if behalf else NOBODY,
                "team": team,
                "assignee": Mention(assignee, assignee_label) if assignee else NOBODY,
                "status": status,
                "occurred_at": time(occurred_at),
                "ended_at": time(ended_at),
                "recorded_at": time(recorded_at),
                "due_at": time(due_at),
                "source": Mention(source, source_label) if source else NOBODY,
                "batch": batch,
                "conversation": conversation,
                "reply_to": reply_to,
                "template": template,
                "visibility": visibility,
                "audience": audience,
                "readers": _read_texts(readers),
                "editors": _read_texts(editors),
                "tags": _read_texts(tags),
                "files": _read_files(files),
                "links": tuple([Mention(*link) for link in orjson.loads(links)]),
                "title": title,
                "note": note,
                "data": data,
                "changes": changes,
                "context": context,
                "words": words,
                "idempotency_key": idempotency_key,
                "digest": digest,
                "pinned": bool(pinned),
                "held": bool(held),
                "archive_at": time(archive_at),
                "purge_at": time(purge_at),
                "version": version,
                "modified_at": time(modified_at),
                "modified_by": Mention(by, by_label, by_role) if by else NOBODY,
                "modified_behalf": Mention(by_behalf, by_behalf_label, by_behalf_role) if by_behalf else NOBODY,
                "action": action,
                "comment": comment,
                "deleted_at": time(deleted_at),
                "archived_at": time(archived_at),
            },
        )
        return made

    def key(self, name: Field, value: Any) -> str:
        """Return a value of a column as ``count`` gives it in a key."""
        if name in _FLAGS:
            return str(bool(value))
        if name in TIMES:
            return str(self.dialect.read_time(value))
        return str(self.dialect.read_id(value)) if name is Field.ID else value

    def value(self, name: Field, value: str | UUID | bool) -> Primitive:
        """Return a value that a condition compares with a column."""
        if isinstance(value, UUID):
            return self.dialect.id(value)
        return int(value) if name in _FLAGS else value

    def _time(self, value: datetime) -> Primitive:
        return self._absent if value is ABSENT else self.dialect.time(value)


def _strongest(links: Sequence[Mention]) -> dict[str, str]:
    roles: dict[str, str] = {}
    for link in links:
        held = roles.get(link.ref)
        if held is None or _STRENGTH[link.role] < _STRENGTH[held]:
            roles[link.ref] = link.role
    return roles


def _texts(values: Sequence[str]) -> str:
    return orjson.dumps(values).decode() if values else _EMPTY


def _read_texts(text: str) -> tuple[str, ...]:
    return () if text == _EMPTY else tuple(orjson.loads(text))


def _links(links: Sequence[Mention]) -> str:
    return orjson.dumps([(link.ref, link.label, link.role) for link in links]).decode()


def _files(files: Sequence[File]) -> str:
    if not files:
        return _EMPTY
    return orjson.dumps([(str(f.id), f.name, f.media_type, f.size, f.sha256) for f in files]).decode()


def _read_files(text: str) -> tuple[File, ...]:
    return () if text == _EMPTY else tuple(File(UUID(id), *rest) for id, *rest in orjson.loads(text))
