"""Retention: ``log.retention``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import IO, Any, TypeGuard, Unpack
from uuid import UUID

from activitylog import handling
from activitylog.activity import Activity, ActivityLike
from activitylog.call import Call
from activitylog.documents import change_document, documents_of
from activitylog.draft import single
from activitylog.errors import InvalidInput
from activitylog.holds import Hold, hold_subject, holds_of, release_subject
from activitylog.keeping import RULE, Ages, ages_body, ages_of
from activitylog.limits import COMMENT, checked_text
from activitylog.purge_export import opened
from activitylog.purging import Progress, Purge
from activitylog.refs import RefLike
from activitylog.retention_report import RetentionReport
from activitylog.storage import Document
from activitylog.types import ActivityType, check_name, checked_ages

__all__ = ["Retention"]


class Retention:
    """How long entries are kept, and which are held.

    A hold comes before an age that an entry has of its own, this before one of its template, this before the tenant's
    rule, and this before what the type says.
    """

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call

    def rule(self, type: str | ActivityType, **ages: Unpack[Ages]) -> None:
        """Say how long this tenant keeps the entries of a type, in place of what it said before.

        What is past such an age is out of the normal timeline, or gone, at once, in every read; it is written down by
        ``apply``. Of what is not named the type itself decides. Other processes see it within five seconds.

        Args:
            type: by its name; it need not be declared.
            ages: ``archive_after`` and ``purge_after``, each a positive timedelta, or None for never: counted from when
                it happened or was recorded, whichever is later. ``keep``: how many of each subject stay, the newest,
                when the job runs, or None for all.

        Raises:
            InvalidInput: nothing is named, a value does not fit, or the status of a subject would be purged.
        """
        call, name = self._call(), _name(type)
        if unknown := ages.keys() - set(Ages.__annotations__):
            raise InvalidInput(min(unknown), f"a rule has no such option; it has {', '.join(Ages.__annotations__)}")
        if not ages:
            raise InvalidInput("archive_after", "nothing is named: give an age, or None for never; or remove_rule(…)")
        checked_ages(ages.get("archive_after"), ages.get("purge_after"), ages.get("keep"))
        declared = call.types.get(name)
        lost = [option for option in ("purge_after", "keep") if ages.get(option) is not None]
        if declared is not None and declared.of_subject and lost:
            raise InvalidInput(lost[0], f"{name!r} is the status of its subjects, which would be lost")
        change_document(call.store, call.tenant, RULE, name, lambda _: ages_body(ages))
        call.keepings.forget(call.store, call.tenant)

    def rules(self) -> dict[str, Ages]:
        """Return what this tenant says of types, by their names: only what was named."""
        call = self._call()
        return {document.name: ages_of(document) for document in documents_of(call.store, call.tenant, RULE)}

    def remove_rule(self, type: str | ActivityType) -> None:
        """Take the tenant's rule for a type back: what the type says holds again.

        Raises:
            InvalidInput: there is none.
        """
        call, name = self._call(), _name(type)

        def removed(stored: Document | None) -> None:
            if stored is None:
                raise InvalidInput(
                    "type", f"there is no rule for {name!r}; log.retention.rules() gives those there are"
                )

        change_document(call.store, call.tenant, RULE, name, removed)
        call.keepings.forget(call.store, call.tenant)

    def apply(
        self,
        *,
        dry_run: bool = False,
        export: str | os.PathLike[str] | IO[bytes] | None = None,
        progress: Progress | None = None,
    ) -> RetentionReport:
        """Archive and purge what is due in this tenant, and return what that was and why; for a nightly job.

        What is past its archive age is archived, a version each, by whoever acts. What is past its purge age goes with
        all its versions, its key and its files, and so does what is beyond the newest of all its subjects where a
        number is to be kept. What is held stays. Done in parts of 500, in constant memory: interrupted and run again it
        goes on, and ends as if undisturbed.

        Args:
            dry_run: write nothing; the report is the same.
            export: a path, or a stream to write bytes to: entries are there with all their versions, as gzipped JSON
                lines that ``activitylog import jsonl`` reads, before they are purged. A file of an earlier run is gone
                on with; an entry can be in it twice, and none is missing. Contents of files are not in it.
            progress: called as ``fn(done, total)`` after each part.

        Raises:
            InvalidInput: nobody is named who acts, or the export cannot be written or is another file.
            StorageError: the store failed, or the export; what was done stays.
        """
        call = self._call()
        if not isinstance(dry_run, bool):
            raise InvalidInput("dry_run", f"True or False is expected, not {type(dry_run).__name__}")
        if progress is not None and not callable(progress):
            raise InvalidInput("progress", f"a function is expected, not {type(progress).__name__}")
        call.named_actor()
        with opened(None if dry_run else export) as file:
            return Purge(call, dry_run, file, progress).run()

    def hold(self, what: RefLike | ActivityLike, *, reason: str) -> None:
        """Keep a subject with all its entries, or one entry, from being archived by age, purged or erased.

        An ``Activity``, its id or the id's text is an entry, everything else names a subject. A hold on one of merged
        subjects holds all of them. What is held already stays as it was held first. Other processes see it within
        five seconds; a purge that runs sees it with its next batch.

        Args:
            what: the subject, or the entry, deleted or not.
            reason: why, up to 2,000 bytes.

        Raises:
            InvalidInput: there is no reason, nobody is named who holds, or ``what`` names nothing.
            ActivityNotFound: there is no such entry.
        """
        call = self._call()
        checked_text("reason", reason, COMMENT, required=True)
        if _is_entry(what):
            handling.handle(call, what, "held", handling.held(hold=True), comment=reason)
            return
        hold = Hold(single("what", what), reason, call.named_actor().ref, call.now)
        hold_subject(call.store, call.tenant, hold)
        call.keepings.forget(call.store, call.tenant)

    def release(self, what: RefLike | ActivityLike) -> None:
        """Take away the hold on a subject or on an entry: the rules hold again.

        Raises:
            InvalidInput: it is not held itself, names nothing, or nobody is named who releases.
            ActivityNotFound: there is no such entry.
        """
        call = self._call()
        if _is_entry(what):
            handling.handle(call, what, "released", handling.held(hold=False), comment="")
            return
        call.named_actor()
        release_subject(call.store, call.tenant, str(single("what", what)))
        call.keepings.forget(call.store, call.tenant)

    def holds(self) -> tuple[Hold, ...]:
        """Return the holds on subjects.

        Entries that are held themselves are not among them: who holds one keeps its id, and its ``log.history`` tells
        by its last version ``held`` or ``released``, with who, when and why.
        """
        call = self._call()
        return tuple(sorted(holds_of(call.store, call.tenant), key=lambda hold: hold.at))


def _name(type: Any) -> str:
    name = type.name if isinstance(type, ActivityType) else type
    check_name(name)
    return str(name)


def _is_entry(what: Any) -> TypeGuard[ActivityLike]:
    """Tell an entry from a ref: as a text, a ref has a colon and an id has none."""
    if isinstance(what, Activity | UUID):
        return True
    if not isinstance(what, str) or ":" in what:
        return False
    try:
        UUID(what)
    except ValueError:
        raise InvalidInput("what", "this text is neither the id of an activity nor of the form 'kind:id'") from None
    return True
