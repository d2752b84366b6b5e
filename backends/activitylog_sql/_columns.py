"""The columns of the tables, in the order in which rows are written and read."""

from __future__ import annotations

from typing import Final

from activitylog.storage import Field

__all__ = ["ENTRY_COLUMNS", "FLAGS", "KEPT_BY_REPLACE", "LINK_COLUMNS", "TIMES"]

ENTRY_COLUMNS: Final = (
    *("id", "tenant", "type", "type_version", "category", "channel", "direction"),
    *("actor", "actor_label", "actor_role", "behalf", "behalf_label", "behalf_role"),
    *("team", "assignee", "assignee_label", "assignee_role", "status"),
    *("occurred_at", "ended_at", "recorded_at", "due_at", "source", "source_label", "source_role"),
    *("batch", "conversation", "reply_to", "template", "visibility", "audience"),
    *("idempotency_key", "pinned", "held", "archive_at", "purge_at"),
    *("version", "modified_at", "modified_by", "modified_by_label", "modified_by_role"),
    *("modified_behalf", "modified_behalf_label", "modified_behalf_role"),
    *("action", "comment", "deleted_at", "archived_at"),
    *("readers", "editors", "tags", "files", "links"),
    *("title", "note", "data", "changes", "context", "digest", "words"),
)
"""The columns of an entry as its row holds them; what a page does not show comes last."""

KEPT_BY_REPLACE: Final = frozenset({"id", "tenant", "recorded_at", "idempotency_key", "digest"})

LINK_COLUMNS: Final = (
    *("tenant", "ref", "occurred_at", "id", "role", "type", "category", "channel", "direction", "actor"),
    *("assignee", "status", "team", "audience", "pinned", "deleted_at", "archived_at"),
    *("held", "recorded_at", "archive_at", "purge_at"),
)
"""What conditions on most timelines name, those of retention too: they are tested within the link."""

TIMES: Final = frozenset(name for name in Field if name.endswith("_at"))
FLAGS: Final = frozenset({Field.PINNED, Field.HELD})
