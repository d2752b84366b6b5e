"""What stores and readers take for granted of a value, since the core sees to it: checked of what an import brings.

The errors name a field and what is wrong with it, never what stands there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from activitylog.actors import ACTOR_KINDS
from activitylog.attachments import Attachment
from activitylog.audiences import audience
from activitylog.context import Context
from activitylog.draft import checked_tags
from activitylog.errors import InvalidInput
from activitylog.limits import CODE, COMMENT, IDENTIFIER, LABEL, NOTE, RECORD, SUBJECTS_MAX, checked_text
from activitylog.payload import checked_json, decoded
from activitylog.recording import check_size
from activitylog.refs import Ref, principals
from activitylog.storage import ABSENT, NOBODY, File, Mention, Record
from activitylog.times import EARLIEST
from activitylog.types import DIRECTIONS
from activitylog.words import WORD_LENGTH, WORDS_MAX

__all__ = ["check_audience", "check_changes", "check_file", "check_record", "check_versions"]

_REQUIRED: Final = {"tenant": CODE, "type": CODE, "action": CODE, "digest": CODE}
_TEXTS: Final = {
    **dict.fromkeys(("category", "channel", "team", "status", "audience"), CODE),
    **dict.fromkeys(("batch", "conversation", "template"), IDENTIFIER),
    **dict.fromkeys(("data", "changes", "context"), RECORD),
    "title": LABEL,
    "note": NOTE,
    "comment": COMMENT,
    "words": WORDS_MAX * (1 + 4 * WORD_LENGTH),
}
_ROLES: Final = {
    **dict.fromkeys(("actor", "modified_by"), ACTOR_KINDS),
    **dict.fromkeys(("behalf", "modified_behalf"), ("", *ACTOR_KINDS)),
    **dict.fromkeys(("assignee", "source"), ("",)),
}
_LINK_ROLES: Final = ("subject", "parent", "source")
_VISIBILITIES: Final = ("internal", "customer")
_ALWAYS: Final = ("occurred_at", "recorded_at")
_TIMES: Final = ("ended_at", "due_at", "archive_at", "purge_at", "modified_at", "deleted_at", "archived_at")
_SAME: Final = ("tenant", "id", "recorded_at", "idempotency_key", "digest")
_VERSION_MAX: Final = 2**31 - 1
_SIZE_MAX: Final = 2**63 - 1
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LONG_NUMBER: Final = re.compile(r"[0-9]{19}")


def check_record(record: Record) -> None:
    """Raise where a value has another type, form or size than the core would have given it.

    Raises:
        InvalidInput: names the field.
    """
    _check_texts(record)
    _check_numbers(record)
    _check_times(record)
    for name, roles in _ROLES.items():
        mentioned = getattr(record, name)
        if mentioned != NOBODY:
            _check_mention(name, mentioned, roles)
    _check_links(record.links)
    _check_audience(record.audience, record.readers, record.visibility, record.team)
    _check_principals("editors", record.editors)
    if checked_tags(record.tags) != record.tags:
        raise InvalidInput("tags", "must be sorted, each once")
    for file in record.files:
        check_file(file)
    _check_data(record.data)
    check_changes(record.changes)
    _check_context(record.context)
    check_size(record)


def check_versions(chain: Sequence[Record]) -> None:
    """Raise where these are not the versions of one entry, oldest first.

    Raises:
        InvalidInput: says what differs.
    """
    first, *others = chain
    for before, record in zip(chain, others, strict=False):
        if before.version >= record.version:
            raise InvalidInput("versions", "are not in their order")
        if differing := [name for name in _SAME if getattr(record, name) != getattr(first, name)]:
            raise InvalidInput("versions", f"are not of one entry: they differ in {', '.join(differing)}")


def check_audience(name: str, readers: Any, visibility: Any, team: Any) -> None:
    """Raise where this is not an audience, under the name that it has.

    Raises:
        InvalidInput: names the field.
    """
    _check_choice("visibility", visibility, _VISIBILITIES)
    checked_text("team", team, CODE)
    _check_audience(name, tuple(readers), visibility, team)


def _check_texts(record: Record) -> None:
    for name, limit in _REQUIRED.items():
        checked_text(name, getattr(record, name), limit, required=True)
    for name, limit in _TEXTS.items():
        checked_text(name, getattr(record, name), limit)
    if record.idempotency_key is not None:
        checked_text("idempotency_key", record.idempotency_key, IDENTIFIER, required=True)
    if record.words and not record.words.startswith(" "):
        raise InvalidInput("words", "each has a space before it")
    if record.reply_to != "":
        _check_id("reply_to", record.reply_to)
    _check_choice("direction", record.direction, DIRECTIONS)
    _check_choice("visibility", record.visibility, _VISIBILITIES)


def _check_numbers(record: Record) -> None:
    for name in ("version", "type_version"):
        _check_integer(name, getattr(record, name), 1, _VERSION_MAX)
    for name in ("pinned", "held"):
        if type(getattr(record, name)) is not bool:
            raise InvalidInput(name, "true or false is expected")


def _check_times(record: Record) -> None:
    for name in _ALWAYS:
        if not EARLIEST <= getattr(record, name) < ABSENT:
            raise InvalidInput(name, "must lie between 1000-01-01 and 9999-12-30")
    for name in _TIMES:
        if not EARLIEST <= getattr(record, name) <= ABSENT:
            raise InvalidInput(name, "must lie between 1000-01-01 and 9999-12-30, or be 9999-12-31, which means none")
    if record.ended_at < record.occurred_at:
        raise InvalidInput("ended_at", "lies before occurred_at")


def _check_mention(name: str, mentioned: Mention, roles: Collection[str]) -> None:
    checked_text(f"{name} (its label)", mentioned.label, LABEL)
    if not isinstance(mentioned.ref, str) or not _is_ref(mentioned.ref):
        raise InvalidInput(name, f"a reference 'kind:id' is expected, kind up to {CODE}, id up to {IDENTIFIER} bytes")
    _check_choice(f"{name} (its role)", mentioned.role, roles)


@lru_cache(maxsize=4096)
def _is_ref(text: str) -> bool:
    try:
        Ref.of(text)
    except InvalidInput:
        return False
    return True


def _check_links(links: Iterable[Mention]) -> None:
    for link in links:
        _check_mention("links", link, _LINK_ROLES)
    subjects = sum(link.role == "subject" for link in links)
    if not 1 <= subjects <= SUBJECTS_MAX:
        raise InvalidInput("links", f"{subjects} are subjects, 1 to {SUBJECTS_MAX} are possible")


def _check_audience(name: str, readers: tuple[str, ...], visibility: str, team: str) -> None:
    _check_principals("readers", readers)
    if name != audience(readers, visibility, team):
        raise InvalidInput("audience", "is not the name of these readers, visibility and team")


def _check_principals(name: str, found: tuple[str, ...]) -> None:
    if not all(isinstance(principal, str) for principal in found) or not _are_principals(found):
        raise InvalidInput(name, "1 to 500 references or '*' are expected, sorted, each once")


@lru_cache(maxsize=1024)
def _are_principals(found: tuple[str, ...]) -> bool:
    try:
        return principals("principals", found) == found
    except InvalidInput:
        return False


def check_file(file: File | Attachment) -> None:
    """Raise where no entry would have this file.

    Raises:
        InvalidInput: names the field.
    """
    checked_text("files (a name)", file.name, LABEL, required=True)
    checked_text("files (a media type)", file.media_type, IDENTIFIER)
    _check_integer("files (a size)", file.size, 0, _SIZE_MAX)
    if not isinstance(file.sha256, str) or not _SHA256.fullmatch(file.sha256):
        raise InvalidInput("files (a sha256)", "64 lower-case hex digits are expected")


def _check_data(text: str) -> None:
    if text and not isinstance(_json("data", text), dict):
        raise InvalidInput("data", "a JSON object is expected")


def check_changes(text: str) -> None:
    """Raise where these are not the changes of an entry.

    Raises:
        InvalidInput: says what is expected.
    """
    match _json("changes", text) if text else []:
        case list(changes) if all(isinstance(c, list) and len(c) == 3 and isinstance(c[0], str) for c in changes):
            return
        case _:
            raise InvalidInput("changes", "a list of [field, old, new] is expected")


def _check_context(text: str) -> None:
    try:
        Context.from_json(text)
    except InvalidInput:
        raise
    except (ValueError, TypeError):
        raise InvalidInput("context", "an object of a context's fields is expected") from None


def _json(name: str, text: str) -> Any:
    try:
        value = decoded(text)
        _check_json(name, value)
        if _LONG_NUMBER.search(text):  # of which orjson makes a float, where it is an integer beyond 64 bits
            _check_json(name, json.loads(text))
    except InvalidInput as error:
        raise InvalidInput(name, error.reason) from None  # the error's own field names keys of the data
    except ValueError:
        raise InvalidInput(name, "is no JSON text") from None
    return value


def _check_json(name: str, value: Any) -> None:
    """Check as deep as the core does: each value of a change for itself, ``[[field, old, new], …]``."""
    checked_json(name, value, -1 if name == "changes" else 1)


def _check_choice(name: str, value: object, choices: Collection[str]) -> None:
    if value not in choices:
        raise InvalidInput(name, f"one of {', '.join(map(repr, choices))} is expected")


def _check_integer(name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise InvalidInput(name, f"an integer from {least} to {most:,} is expected")


def _check_id(name: str, text: str) -> None:
    try:
        exact = isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        exact = False
    if not exact:
        raise InvalidInput(name, "an id is expected")
