"""Values as texts and as plain JSON show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import frozen

from activitylog.actors import Actor
from activitylog.attachments import Attachment
from activitylog.codec import jsonable
from activitylog.refs import Ref

__all__ = ["Named", "name_of", "plain"]


def name_of(ref: Ref) -> str:
    """Return the label of a ref, or the ref as text where it has none."""
    return ref.label or str(ref)


@frozen
class Named:
    """A ref within a text: ``{actor}`` is its name; it has ``id``, ``kind`` and, unless empty, ``label``."""

    ref: Ref

    def __getattr__(self, part: str) -> Any:
        return getattr(self.ref, part) or None if part in ("kind", "id", "label") else None

    def __str__(self) -> str:
        return name_of(self.ref)


def plain(value: Any) -> Any:
    """Return a value of an activity as JSON: refs and actors as objects, times as ISO texts."""
    match value:
        case Ref():
            return {"ref": str(value), "label": value.label}
        case Actor():
            behalf = None if value.behalf is None else plain(value.behalf)
            return {"kind": value.kind, **plain(value.ref), "on_behalf_of": behalf}
        case Attachment():
            told = ("id", "name", "media_type", "size", "sha256")
            return {name: plain(getattr(value, name)) for name in told}
        case tuple():
            return [plain(item) for item in value]
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return jsonable(value)
