"""The columns of the tables, in the order in which rows are written and read, and what kind of value each holds."""

from __future__ import annotations

from enum import Enum
from typing import Final

from activitylog.storage import Field

__all__ = ["ENTRY_COLUMNS", "FLAGS", "KEPT_BY_REPLACE", "LINK_COLUMNS", "TIMES", "Kind"]


class Kind(Enum):
    """What a column holds; a dialect has one type, and one format of values, for each."""

    ID = "id"
    KEY = "key"
    """Text that is compared and indexed, by code point, of at most 320 bytes."""
    TEXT = "text"
    """Text that is shown."""
    TIME = "time"
    FLAG = "flag"
    NUMBER = "number"
    JSON = "json"
    """JSON text, kept to the letter; or ``""``."""
    LIST = "list"
    """A list of texts."""
    TABLE = "table"
    """A list of rows: JSON text of arrays in an array."""


ENTRY_COLUMNS: Final[dict[str, Kind]] = {
    "id": Kind.ID,
    **dict.fromkeys(("tenant", "type"), Kind.KEY),
    "type_version": Kind.NUMBER,
    **dict.fromkeys(("category", "channel", "direction"), Kind.KEY),
    "actor": Kind.KEY,
    "actor_label": Kind.TEXT,
    "actor_role": Kind.KEY,
    "behalf": Kind.KEY,
    "behalf_label": Kind.TEXT,
    "behalf_role": Kind.KEY,
    "team": Kind.KEY,
    "assignee": Kind.KEY,
    "assignee_label": Kind.TEXT,
    "assignee_role": Kind.KEY,
    "status": Kind.KEY,
    **dict.fromkeys(("occurred_at", "ended_at", "recorded_at", "due_at"), Kind.TIME),
    "source": Kind.KEY,
    "source_label": Kind.TEXT,
    "source_role": Kind.KEY,
    **dict.fromkeys(("batch", "conversation", "reply_to", "template", "visibility", "audience"), Kind.KEY),
    "idempotency_key": Kind.KEY,
    **dict.fromkeys(("pinned", "held"), Kind.FLAG),
    **dict.fromkeys(("archive_at", "purge_at"), Kind.TIME),
    "version": Kind.NUMBER,
    "modified_at": Kind.TIME,
    "modified_by": Kind.KEY,
    "modified_by_label": Kind.TEXT,
    "modified_by_role": Kind.KEY,
    "modified_behalf": Kind.KEY,
    "modified_behalf_label": Kind.TEXT,
    "modified_behalf_role": Kind.KEY,
    "action": Kind.KEY,
    "comment": Kind.TEXT,
    "deleted_at": Kind.TIME,
    "archived_at": Kind.TIME,
    **dict.fromkeys(("readers", "editors", "tags"), Kind.LIST),
    **dict.fromkeys(("files", "links"), Kind.TABLE),
    **dict.fromkeys(("title", "note"), Kind.TEXT),
    **dict.fromkeys(("data", "changes", "context"), Kind.JSON),
    "digest": Kind.KEY,
    "words": Kind.TEXT,
}
"""The columns of an entry as its row holds them; what a page does not show comes last."""

KEPT_BY_REPLACE: Final = frozenset({"id", "tenant", "recorded_at", "idempotency_key", "digest"})

LINK_COLUMNS: Final[dict[str, Kind]] = {
    "tenant": Kind.KEY,
    "ref": Kind.KEY,
    "occurred_at": Kind.TIME,
    "id": Kind.ID,
    "role": Kind.KEY,
    **dict.fromkeys(("type", "category", "channel", "direction", "actor"), Kind.KEY),
    **dict.fromkeys(("assignee", "status", "team", "audience"), Kind.KEY),
    "pinned": Kind.FLAG,
    "deleted_at": Kind.TIME,
    "archived_at": Kind.TIME,
    "held": Kind.FLAG,
    "recorded_at": Kind.TIME,
    "archive_at": Kind.TIME,
    "purge_at": Kind.TIME,
}
"""What conditions on most timelines name, those of retention too: they are tested within the link."""

TIMES: Final = frozenset(name for name in Field if name.endswith("_at"))
FLAGS: Final = frozenset({Field.PINNED, Field.HELD})
