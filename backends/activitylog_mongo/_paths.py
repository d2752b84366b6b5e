"""Where the fields of an entry stand in its document, and what stands there if they are absent: nothing.

Documents hold no ``""``, no empty list, no False, and of the absent times only those by which entries are ordered.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from activitylog.storage import ABSENT, Field

__all__ = [
    "FLAGS",
    "ID",
    "MANY",
    "MENTIONS",
    "ORDERED",
    "PENDING",
    "REWRITTEN",
    "TIMES",
    "expression",
    "path",
    "stored",
]

ID: Final = "_id.id"
PENDING: Final = "pending"
"""The batch that an entry waits for; there is none as soon as the batch is known to be whole."""
REWRITTEN: Final = "rewritten"
"""The call of ``rewrite`` that wrote an entry, and those of its versions that are valid."""

MENTIONS: Final = ("actor", "behalf", "assignee", "source", "modified_by", "modified_behalf")
FLAGS: Final = (Field.PINNED, Field.HELD)
TIMES: Final = tuple(name for name in Field if name.endswith("_at"))
ORDERED: Final = (Field.OCCURRED_AT, Field.RECORDED_AT, Field.DUE_AT)

MANY: Final[dict[Field, str]] = {
    Field.TAGS: "tags",
    Field.READERS: "readers",
    Field.EDITORS: "editors",
    Field.FILES: "files.sha256",
    Field.LINKS: "links.ref",
    Field.SUBJECTS: "links.ref",
}

_PATHS: Final = {Field.ID: ID, **MANY, **{Field(name): f"{name}.ref" for name in MENTIONS}}


def path(name: Field) -> str:
    """Return the path of a field, as queries and indexes name it."""
    return _PATHS.get(name, name.value)


def stored(value: str | UUID | bool) -> str | UUID | bool | None:
    """Return what equality with a value has to compare with: None also finds what is not there."""
    return value or None


def expression(name: Field) -> Any:
    """Return an aggregation expression of the field's value as a record has it; of several values, the list."""
    if name is Field.SUBJECTS:
        links = {"$ifNull": ["$links", []]}
        subjects = {"$filter": {"input": links, "cond": {"$eq": ["$$this.role", "subject"]}}}
        return {"$map": {"input": subjects, "in": "$$this.ref"}}
    reference = f"${path(name)}"
    if name is Field.ID or name in ORDERED:
        return reference
    absent: Any = [] if name in MANY else ABSENT if name in TIMES else False if name in FLAGS else ""
    return {"$ifNull": [reference, absent]}
