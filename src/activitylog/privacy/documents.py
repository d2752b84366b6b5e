"""What names a person beside the entries: aliases, audiences, holds, templates, and plans with their contacts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

from attrs import evolve

from activitylog.aliases import ALIAS
from activitylog.audiences import AUDIENCE
from activitylog.call import Call
from activitylog.changes import REDACTED
from activitylog.documents import change_document, documents_of
from activitylog.errors import StaleVersion
from activitylog.holds import HOLD
from activitylog.payload import decoded, encoded
from activitylog.plans.parts import PART, Part, Row, part_name
from activitylog.plans.stored import PLAN, head_of, plan_ids, progress_of
from activitylog.privacy.progress import Progress
from activitylog.privacy.pseudonym import Pseudonym
from activitylog.refs import Ref
from activitylog.reports import DUPLICATE, ERASED
from activitylog.storage import Document, Mention
from activitylog.template import TEMPLATE

__all__ = ["remove_documents", "rename_documents"]

_KEPT_OF_DRAFT: Final = ("what", "assignee")
"""What a report says of a contact's own draft."""


def rename_documents(call: Call, progress: Progress) -> int:
    """Put the pseudonym in place of the person in documents that stay, and return how many these were."""
    changed = sum(_renamed(call, progress, kind) for kind in (ALIAS, HOLD, TEMPLATE, PLAN))
    return changed + sum(_renamed_contacts(call, progress, plan) for plan in plan_ids(call))


def remove_documents(call: Call, progress: Progress) -> int:
    """Remove the documents that are about the person, and return how many these were.

    Aliases tell who was merged with whom, audiences who may read something: no entry needs them any more.
    """
    removed = 0
    for kind, names in ((ALIAS, _merged), (AUDIENCE, _read)):
        for document in documents_of(call.store, call.tenant, kind):
            if names(progress.who, decoded(document.body or "{}")):
                progress.begin()
                with suppress(StaleVersion):  # another process erases the same
                    call.store.put_document(evolve(document, body=None), expected_version=document.version)
                    removed += 1
    if removed:
        call.aliases.forget(call.store, call.tenant)
        call.audiences.forget(call.store, call.tenant)
    return removed


def _merged(who: Pseudonym, body: Mapping[str, Any]) -> bool:
    return who.any((body["duplicate"], body["into"]))


def _read(who: Pseudonym, body: Mapping[str, Any]) -> bool:
    return who.any(body["readers"])


def _renamed(call: Call, progress: Progress, kind: str) -> int:
    changed = 0
    for document in documents_of(call.store, call.tenant, kind):
        if _body(progress.who, document) == document.body:
            continue
        progress.begin()
        change_document(call.store, call.tenant, kind, document.name, partial(_stored, progress.who))
        changed += 1
    return changed


def _stored(who: Pseudonym, document: Document | None) -> str | None:
    return None if document is None else _body(who, document)


def _body(who: Pseudonym, document: Document) -> str:
    """Return the body of a document without the person."""
    text = document.body or ""
    if not who.may_be_in(text):
        return text
    body: dict[str, Any] = decoded(text)
    if document.kind == ALIAS and _merged(who, body):  # it is removed in the end
        return text
    left = who.json(body)
    if document.kind == TEMPLATE:
        left["fields"] = _fields(who, body["fields"])
    elif document.kind == PLAN and body["prototype"] is not None:
        left["prototype"] = _draft(who, body["prototype"])
    return text if left == body else encoded(left)


def _fields(who: Pseudonym, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a template, which keeps its refs as ``[ref, label]``."""
    refs = {name: [who.ref, ""] for name in ("assignee", "source") if name in fields and fields[name][0] in who.members}
    return {**who.json(fields), **refs}


def _draft(who: Pseudonym, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft of a plan, which keeps who acts as two mentions; from where is told of nobody who is erased."""
    left: dict[str, Any] = who.json(stored)
    if "actor" in stored:
        mentions = [who.mention(Mention(*each)) for each in stored["actor"]]
        left["actor"] = [[each.ref, each.label, each.role] for each in mentions]
        if left["actor"] != stored["actor"]:
            left.pop("context", None)
    return left


# -- contacts of plans -------------------------------------------------------------------------------------------------


def _renamed_contacts(call: Call, progress: Progress, plan: str) -> int:
    written = progress_of(call, plan).parts
    changed = 0
    for number in range(head_of(call, plan).parts):
        body = partial(_part, progress, number < written)
        before, after = change_document(call.store, call.tenant, PART, part_name(plan, number), body)
        changed += before is not None and before.body != after.body
    return changed


def _part(progress: Progress, is_written: bool, document: Document | None) -> str | None:
    """Return the body of a part of a plan's contacts without the person."""
    text = None if document is None else document.body
    if text is None or not progress.who.may_be_in(text):
        return text
    part = Part.from_dict(decoded(text))
    if all(_row(progress.who, row, is_written=is_written) is row for row in part.rows):
        return text
    progress.begin()
    return evolve(part, rows=tuple(_row(progress.who, row, is_written=is_written) for row in part.rows)).to_json()


def _row(who: Pseudonym, row: Row, *, is_written: bool) -> Row:
    if str(row.subject) not in who.members:
        draft = None if row.draft is None else _draft(who, row.draft)
        return row if draft == row.draft else evolve(row, draft=draft)
    pseudonym = Ref.of(who.ref)
    if not is_written:  # nothing is recorded any more for who was erased
        return Row(pseudonym, reason=row.reason if row.reason == DUPLICATE else ERASED, first=row.first)
    told = {name: value for name, value in (row.draft or {}).items() if name in _KEPT_OF_DRAFT}
    kept = None if row.draft is None else _draft(who, told)
    reason = REDACTED if row.reason not in ("", DUPLICATE) else row.reason
    return Row(pseudonym, row.activity, reason, row.first, kept)
