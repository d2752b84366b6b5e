"""Types that are made at run time: how a tenant's store keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from attrs import asdict

from activitylog.documents import Documents, documents_of
from activitylog.errors import InvalidInput
from activitylog.language import Text
from activitylog.limits import LABEL, RECORD, checked_text
from activitylog.payload import checked_json, decoded, encoded
from activitylog.statuses import Status
from activitylog.storage import Document
from activitylog.types import ActivityType

__all__ = ["TYPE", "custom_body", "custom_type", "custom_types"]

TYPE: Final = "type"
"""The kind of the documents; their names are those of the types."""

_PLAIN: Final = (
    "icon", "category", "channel", "direction", "manual", "planned", "permission", "otherwise", "visibility", "keep",
    "of_subject", "retired",
)  # fmt: skip
_NAMES: Final = ("secret", "personal")
_AGES: Final = ("archive_after", "purge_after")
_OTHERS: Final = ("label", "summary", "field_labels", "fields", "statuses", *_NAMES)


def custom_body(declared: ActivityType) -> str:
    """Return the body of a type's document.

    Raises:
        InvalidInput: a text is a function, which no store can keep, or too long; or all of it together is.
    """
    body: dict[str, Any] = {name: getattr(declared, name) for name in _PLAIN}
    body["label"] = _kept("label", declared.label)
    body["summary"] = _kept("summary", declared.summary)
    body["field_labels"] = {name: _kept("field_labels", label) for name, label in declared.field_labels.items()}
    body |= {name: sorted(getattr(declared, name)) for name in _NAMES}
    body |= {name: None if (age := getattr(declared, name)) is None else age.total_seconds() for name in _AGES}
    body["fields"] = dict(declared.fields)
    body["statuses"] = {
        name: {**asdict(status), "label": _kept("statuses", status.label)} for name, status in declared.statuses.items()
    }
    text = encoded(checked_json("type", body))
    if (size := len(text.encode())) > RECORD:
        raise InvalidInput("type", f"with its texts and choices it is {size:,} bytes long, {RECORD:,} are possible")
    return text


def _kept(option: str, text: Text) -> Any:
    if callable(text):
        raise InvalidInput(option, "a function cannot be kept in the store: give a text, or texts by language")
    for each in text.values() if isinstance(text, Mapping) else (text,):
        checked_text(option, each, LABEL)
    return text if isinstance(text, str) else dict(text)


def custom_type(document: Document) -> ActivityType:
    """Return the type that a document keeps, without what a later version of the library says of it."""
    found = decoded(document.body or "{}")
    body = {name: found[name] for name in (*_PLAIN, *_OTHERS) if name in found}
    statuses = {name: Status(kept.pop("label"), **kept) for name, kept in body.pop("statuses").items()}
    ages: dict[str, Any] = {name: timedelta(seconds=found[name]) for name in _AGES if found.get(name) is not None}
    return ActivityType(name=document.name, statuses=statuses, **ages, **body)


def custom_types(store: Documents, tenant: str) -> Mapping[str, ActivityType]:
    """Return all types that were made at run time, by name, retired ones too."""
    return {document.name: custom_type(document) for document in documents_of(store, tenant, TYPE)}
