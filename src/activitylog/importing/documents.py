"""The documents of an export: which kinds there are, and whether one is as a log would have written it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from attrs import evolve

from activitylog.aliases import ALIAS, alias_name
from activitylog.attachments import FILE, Owner
from activitylog.audiences import AUDIENCE
from activitylog.custom_types import TYPE, custom_body, custom_type
from activitylog.errors import ActivityLogError, InvalidInput
from activitylog.holds import HOLD, Hold
from activitylog.importing.checking import check_audience, check_file
from activitylog.importing.plans import is_part, is_plan, is_progress
from activitylog.keeping import RULE, Ages, ages_body, ages_of
from activitylog.limits import CODE, COMMENT, IDENTIFIER, checked_text
from activitylog.payload import decoded
from activitylog.plans.parts import PART
from activitylog.plans.stored import PLAN, PROGRESS
from activitylog.refs import Ref
from activitylog.storage import Document
from activitylog.template import TEMPLATE, stored_template, template_body, template_of
from activitylog.times import instant
from activitylog.types import CUSTOM, check_name, checked_ages

__all__ = ["EXPORTED", "check_document"]

BODY: Final = 16_000_000
"""Bytes of the body of a document: what every store takes."""


def check_document(document: Document) -> None:
    """Raise where no log would have written the document.

    Raises:
        InvalidInput: names the field.
    """
    checked_text("tenant", document.tenant, CODE, required=True)
    checked_text("name", document.name, IDENTIFIER, required=True)
    checked_text("body", document.body, BODY, required=True)
    check = _CHECKS.get(document.kind)
    if check is None:
        raise InvalidInput("kind", f"{document.kind[:CODE]!r} is no kind of document that an export has")
    try:
        body = decoded(document.body or "")
        fits = isinstance(body, dict) and check(document, body)
    except InvalidInput:
        raise
    except (ActivityLogError, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
        fits = False
    if not fits:
        raise InvalidInput("body", f"is not that of a document of the kind {document.kind!r}, or of another name")


def _audience(document: Document, body: Mapping[str, Any]) -> bool:
    check_audience(document.name, body["readers"], body["visibility"], body["team"])
    return len(body) == 3


def _type(document: Document, body: Mapping[str, Any]) -> bool:
    return document.name.startswith(CUSTOM) and decoded(custom_body(custom_type(document))) == body


def _alias(document: Document, body: Mapping[str, Any]) -> bool:
    refs = {name: str(Ref.of(body[name])) for name in ("duplicate", "into", "by")}
    instant("at", datetime.fromisoformat(body["at"]), UTC)
    exact = {**refs, "at": body["at"]} == body and refs["duplicate"] != refs["into"]
    return exact and document.name == alias_name(refs["duplicate"])


def _template(document: Document, body: Mapping[str, Any]) -> bool:
    stored = stored_template(document)
    for file in stored.attachments:
        check_file(file)
    checked_text("type", stored.type, CODE, required=True)
    others = {name: getattr(stored, name) for name in ("attachments", "archive_after", "purge_after")}
    again = evolve(template_of(stored.name, stored.type, stored.fields, others), retired=stored.retired)
    return isinstance(stored.retired, bool) and bool(decoded(template_body(again)) == body)


def _file(document: Document, body: Mapping[str, Any]) -> bool:
    sha256 = document.name.partition(":")[0]
    return Owner(**body).document(document.tenant, sha256) == document


def _hold(document: Document, body: Mapping[str, Any]) -> bool:
    hold = Hold.of_document(document)
    checked_text("reason", hold.reason, COMMENT, required=True)
    instant("at", hold.at, UTC)
    return decoded(hold.body()) == body and document.name == alias_name(str(hold.ref))


def _rule(document: Document, body: Mapping[str, Any]) -> bool:
    check_name(document.name)
    ages = ages_of(document)
    checked_ages(ages.get("archive_after"), ages.get("purge_after"), ages.get("keep"))
    return bool(body) and body.keys() <= Ages.__annotations__.keys() and bool(decoded(ages_body(ages)) == body)


_CHECKS: Final[Mapping[str, Callable[[Document, Mapping[str, Any]], bool]]] = {
    AUDIENCE: _audience,
    TYPE: _type,
    ALIAS: _alias,
    TEMPLATE: _template,
    FILE: _file,
    HOLD: _hold,
    RULE: _rule,
    PLAN: is_plan,
    PROGRESS: is_progress,
    PART: is_part,
}

EXPORTED: Final = tuple(_CHECKS)
"""The kinds that an export has. The key of page tokens stays behind: it is a secret of its store."""
