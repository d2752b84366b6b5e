"""Records to rows of driver primitives and back, by hand: this is what a page and a bulk load spend their time in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final
from uuid import UUID

import orjson

from activitylog.storage import Field, File, Mention, Record, mentioned
from activitylog_sql._columns import ENTRY_COLUMNS, FLAGS, TIMES
from activitylog_sql._dialect import Dialect
from activitylog_sql._executor import Primitive

__all__ = ["Codec", "codec_of"]

_STRENGTH: Final = {"subject": 0, "parent": 1, "source": 2}
_EMPTY: Final = "[]"
_TIMES_KEPT: Final = 1_024
"""Times as text that are remembered: a row, and those of its links, have the same several times."""
_TEXTS_KEPT: Final = 256
"""And lists of texts: the readers and editors of most entries are the same, and on a subject's timeline the links."""


class Codec:
    """Reads and writes rows in the formats of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._time: Callable[[datetime], Primitive] = lru_cache(_TIMES_KEPT)(dialect.time)
        self._texts: Callable[[Sequence[str]], Primitive] = lru_cache(_TEXTS_KEPT)(dialect.texts)
        shown = {name: dialect.shown(f"e.{name}", kind) for name, kind in ENTRY_COLUMNS.items()}
        self.all_columns = ", ".join(shown.values())
        """What to select of an entry ``e`` to have its whole row."""
        self.list_columns = ", ".join({**shown, "digest": "''", "words": "''"}.values())
        """The same, with nothing in the place of what a page does not show."""

    def entry(self, r: Record) -> tuple[Primitive, ...]:
        """Return the row of an entry, in the order of ``ENTRY_COLUMNS``."""
        time, flag, json, texts = self._time, self.dialect.flag, self.dialect.json, self._texts
        actor, behalf, assignee, source = r.actor, r.behalf, r.assignee, r.source
        by, by_behalf = r.modified_by, r.modified_behalf
        # line by line as in ENTRY_COLUMNS
        # fmt: off
        return (
            self.dialect.id(r.id), r.tenant, r.type, r.type_version, r.category, r.channel, r.direction,
            actor.ref, actor.label, actor.role, behalf.ref, behalf.label, behalf.role,
            r.team, assignee.ref, assignee.label, assignee.role, r.status,
            time(r.occurred_at), time(r.ended_at), time(r.recorded_at), time(r.due_at),
            source.ref, source.label, source.role,
            r.batch, r.conversation, r.reply_to, r.template, r.visibility, r.audience,
            r.idempotency_key, flag(r.pinned), flag(r.held), time(r.archive_at), time(r.purge_at),
            r.version, time(r.modified_at), by.ref, by.label, by.role, by_behalf.ref, by_behalf.label, by_behalf.role,
            r.action, r.comment, time(r.deleted_at), time(r.archived_at),
            texts(r.readers), texts(r.editors), texts(r.tags), _files(r.files), _links(r.links),
            r.title, r.note, json(r.data), json(r.changes), json(r.context), r.digest, r.words,
        )
        # fmt: on

    def links(self, r: Record) -> list[tuple[Primitive, ...]]:
        """Return one row, in the order of ``LINK_COLUMNS``, per ref that the entry is linked to."""
        time = self._time
        occurred_at, recorded_at = time(r.occurred_at), time(r.recorded_at)
        deleted_at, archived_at = time(r.deleted_at), time(r.archived_at)
        archive_at, purge_at = time(r.archive_at), time(r.purge_at)
        id, pinned, held = self.dialect.id(r.id), self.dialect.flag(r.pinned), self.dialect.flag(r.held)
        # line by line as in LINK_COLUMNS
        # fmt: off
        return [
            (
                r.tenant, ref, occurred_at, id, role, r.type, r.category, r.channel, r.direction, r.actor.ref,
                r.assignee.ref, r.status, r.team, r.audience, pinned, deleted_at, archived_at,
                held, recorded_at, archive_at, purge_at,
            )
            for ref, role in _strongest(r.links).items()
        ]
        # fmt: on

    def record(self, row: Sequence[Any]) -> Record:
        """Return the record of a row in the order of ``ENTRY_COLUMNS``."""
        # line by line as in ENTRY_COLUMNS
        # fmt: off
        (
            id, tenant, type, type_version, category, channel, direction,
            actor, actor_label, actor_role, behalf, behalf_label, behalf_role,
            team, assignee, assignee_label, assignee_role, status,
            occurred_at, ended_at, recorded_at, due_at,
            source, source_label, source_role,
            batch, conversation, reply_to, template, visibility, audience,
            idempotency_key, pinned, held, archive_at, purge_at,
            version, modified_at, by, by_label, by_role, by_behalf, by_behalf_label, by_behalf_role,
            action, comment, deleted_at, archived_at,
            readers, editors, tags, files, links,
            title, note, data, changes, context, digest, words,
        ) = row
        # fmt: on
        time, json, texts = self.dialect.read_time, self.dialect.read_json, self.dialect.read_texts
        return Record.of_values(
            {
                "id": self.dialect.read_id(id),
                "tenant": tenant,
                "type": type,
                "type_version": type_version,
                "category": category,
                "channel": channel,
                "direction": direction,
                "actor": mentioned(actor, actor_label, actor_role),
                "behalf": mentioned(behalf, behalf_label, behalf_role),
                "team": team,
                "assignee": mentioned(assignee, assignee_label, assignee_role),
                "status": status,
                "occurred_at": time(occurred_at),
                "ended_at": time(ended_at),
                "recorded_at": time(recorded_at),
                "due_at": time(due_at),
                "source": mentioned(source, source_label, source_role),
                "batch": batch,
                "conversation": conversation,
                "reply_to": reply_to,
                "template": template,
                "visibility": visibility,
                "audience": audience,
                "readers": texts(readers),
                "editors": texts(editors),
                "tags": texts(tags),
                "files": _read_files(files),
                "links": _read_links(links),
                "title": title,
                "note": note,
                "data": json(data),
                "changes": json(changes),
                "context": json(context),
                "words": words,
                "idempotency_key": idempotency_key,
                "digest": digest,
                "pinned": bool(pinned),
                "held": bool(held),
                "archive_at": time(archive_at),
                "purge_at": time(purge_at),
                "version": version,
                "modified_at": time(modified_at),
                "modified_by": mentioned(by, by_label, by_role),
                "modified_behalf": mentioned(by_behalf, by_behalf_label, by_behalf_role),
                "action": action,
                "comment": comment,
                "deleted_at": time(deleted_at),
                "archived_at": time(archived_at),
            }
        )

    def key(self, name: Field, value: Any) -> str:
        """Return a value of a column as ``count`` gives it in a key."""
        if name in FLAGS:
            return str(bool(value))
        if name in TIMES:
            return str(self.dialect.read_time(value))
        return str(self.dialect.read_id(value)) if name is Field.ID else value

    def value(self, name: Field, value: str | UUID | bool) -> Primitive:
        """Return a value that a condition compares with a column."""
        if isinstance(value, UUID):
            return self.dialect.id(value)
        return self.dialect.flag(bool(value)) if name in FLAGS else value


codec_of = cache(Codec)
"""The one codec of a dialect: statements are remembered by it."""


def _strongest(links: Sequence[Mention]) -> dict[str, str]:
    if len(links) == 1:
        return {links[0].ref: links[0].role}
    roles: dict[str, str] = {}
    for link in links:
        held = roles.get(link.ref)
        if held is None or _STRENGTH[link.role] < _STRENGTH[held]:
            roles[link.ref] = link.role
    return roles


def _links(links: Sequence[Mention]) -> str:
    return orjson.dumps([(link.ref, link.label, link.role) for link in links]).decode()


@lru_cache(_TEXTS_KEPT)
def _read_links(text: str) -> tuple[Mention, ...]:
    return tuple([mentioned(*link) for link in orjson.loads(text)])


def _files(files: Sequence[File]) -> str:
    if not files:
        return _EMPTY
    return orjson.dumps([(str(f.id), f.name, f.media_type, f.size, f.sha256) for f in files]).decode()


def _read_files(text: str) -> tuple[File, ...]:
    return () if text == _EMPTY else tuple(File(UUID(id), *rest) for id, *rest in orjson.loads(text))
