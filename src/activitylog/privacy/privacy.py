"""Privacy: ``log.privacy``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from activitylog import signals
from activitylog.call import Call
from activitylog.draft import single
from activitylog.errors import InvalidInput
from activitylog.privacy.archive import archive
from activitylog.privacy.erasing import Erasing
from activitylog.privacy.progress import Progress
from activitylog.privacy.report import ErasureReport, rows_to_read
from activitylog.refs import Ref, RefLike

__all__ = ["Privacy"]


class Privacy:
    """What a person may ask for: everything about them, or that it goes."""

    def __init__(self, call: Callable[[], Call]) -> None:
        self._call = call

    def export(self, ref: RefLike) -> Iterator[bytes]:
        """Give everything about a person as a ZIP archive, part by part, in constant memory.

        It holds ``activities.jsonl`` (one entry a line: ``Activity.to_dict()``, with its ``history`` and where its
        files lie), ``files/…`` and ``subject.json`` (the person, the tenant, and all refs that were merged).
        The entries are those linked to the person, and those where they are actor, on behalf, assignee, reader or
        editor; deleted ones too.
        Of a log that is limited to a viewer, only what that viewer sees whole. The linked ones are found by an index,
        for the others the tenant is walked through.

        Raises:
            InvalidInput: the ref names nothing.
            StorageError: while it is read: the store failed, or a file is not there.
        """
        return archive(self._call(), single("ref", ref))

    def erase(self, ref: RefLike, *, mode: Literal["anonymise", "delete"] = "anonymise") -> ErasureReport:
        """Put a pseudonym in the place of a person and of all that was merged with them, wherever they stand.

        Of entries about nobody else the texts, files and idempotency keys go, or with ``mode="delete"`` the whole
        entry. Entries with others keep their texts, which are not searched: the report lists these to be read, and
        says where the type is not declared, so that nobody knows which fields are personal. It reads every entry of
        the tenant; killed, it is completed by calling it again. Once it is complete, a further call finds nothing and
        lists nothing: keep the first report. What others write about the person meanwhile goes too; what they record
        afterwards is new.

        Args:
            ref: the person.
            mode: whether entries about nobody else are made anonymous, or purged.

        Raises:
            InvalidInput: the ref names nothing, there is no such mode, or nobody is named who erases.
            OnHold: the person is held, or an entry that names them; nothing was changed.
            NotAllowed: the log is limited to a viewer.
            WriteConflict: others go on writing about the person; erase again to complete it.
        """
        call = self._call().trusted("privacy.erase")
        if mode not in ("anonymise", "delete"):
            raise InvalidInput("mode", f"{str(mode)[:40]!r} is neither 'anonymise' nor 'delete'")
        erasing = Erasing(call, mode == "delete", Progress.of(call, str(single("ref", ref))))
        erasing.run()
        report = self._report(call, erasing)
        if any(report.numbers.values()):
            call.store.after_commit(lambda: signals.send(signals.erased, call.sender, report=report))
        return report

    def _report(self, call: Call, erasing: Erasing) -> ErasureReport:
        pseudonym = Ref.of(erasing.progress.who.ref)
        return ErasureReport(
            rows=tuple(rows_to_read(call, pseudonym)),
            language=call.language,
            pseudonym=pseudonym,
            tenant=call.tenant,
            numbers={name: erasing.done[name] for name in ("anonymised", "deleted", "documents", "files")},
        )
