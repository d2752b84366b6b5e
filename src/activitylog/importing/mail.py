"""Mailboxes into a log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from attrs import evolve

from activitylog.errors import InvalidInput
from activitylog.importing.mailbox import Passed, RawMessage, messages
from activitylog.importing.recording import Found, Progress, record_all, require_types
from activitylog.importing.report import ImportReport, Unreadable
from activitylog.log import ActivityLog
from activitylog.mail import draft_from
from activitylog.mail.reading import parsed
from activitylog.refs import RefLike

__all__ = ["import_mail"]


def import_mail(
    log: ActivityLog,
    path: str | Path,
    *,
    own: str | Iterable[str],
    contact: Callable[[str, str], RefLike | None] | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Record all messages at a path: a message, an mbox, a maildir, or a folder of these, at any depth.

    In folders, files are mail that end in ``.eml`` or ``.mbox``, lie in a maildir, or begin as an mbox does. A second
    import adds nothing. ``own`` and ``contact`` are those of ``mail.draft_from``. The log needs the mail types of
    ``activitylog.standard``.

    Raises:
        InvalidInput: there is nothing at the path, or ``own`` is empty.
        UnknownType: the log does not have the mail types.
        StorageError: the store failed; what was recorded before stays, repeat the import.
    """
    require_types(log, "mail.received", "mail.sent", "mail.auto_replied", "mail.bounced")
    addresses = [own] if isinstance(own, str) else list(own)
    draft_from(b"", own=addresses)  # an error of the caller's is none of a message's
    passed: list[Passed] = []

    def found() -> Iterator[Found]:
        for item in messages(Path(path)):
            match item:
                case Passed():
                    passed.append(item)
                case RawMessage():
                    yield _drafted(item, addresses, contact)
                case Unreadable():
                    yield item

    return evolve(record_all(log, found(), progress), passed_over=len(passed))


def _drafted(found: RawMessage, own: list[str], contact: Callable[[str, str], RefLike | None] | None) -> Found:
    message = parsed(found.raw)
    if not message.keys():
        return Unreadable(found.where, "it is empty" if not found.raw.strip() else "it has no mail header")
    try:
        return found.where, draft_from(message, own=own, contact=contact, fallback_at=found.at)
    except InvalidInput as error:
        return Unreadable(found.where, str(error))
