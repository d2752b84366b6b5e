"""What a log does with what happens: it records activities, one, many, or what changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Unpack

from activitylog.activity import Activity
from activitylog.call import Call
from activitylog.draft import ChangeFields, Draft, DraftFields, drafted
from activitylog.errors import InvalidInput
from activitylog.refs import RefLike
from activitylog.writing import record_all

__all__ = ["Recorder"]


class Recorder(ABC):
    """The verbs of an ``ActivityLog`` that make new entries."""

    @abstractmethod
    def _call(self) -> Call: ...

    def record(self, what: Any, *subjects: RefLike, **fields: Unpack[DraftFields]) -> Activity:
        """Record one activity and return it; ``created`` tells whether it was there before.

        ``what`` is the name of a type, an instance of a type's data class, or a ``Draft`` (then nothing else is
        given); subjects and fields as ``Draft``.

        Raises:
            InvalidInput, UnknownType, TooManySubjects: a value does not fit; nothing was written.
            IdempotencyConflict: the key is known with other content.
            Refused: a receiver of ``signals.recording`` refused it.
            StorageError: the store failed; ``drafts`` of the error can be recorded again.
        """
        call = self._call()
        if isinstance(what, Draft):
            if subjects or fields:
                raise InvalidInput("what", "a Draft says everything itself: change it by draft.replace(…)")
            return record_all(call, [what])[0]
        return record_all(call, [drafted(what, subjects, fields, made_at=call.now)])[0]

    def record_many(self, drafts: Iterable[Draft]) -> Sequence[Activity]:
        """Record drafts as one atomic batch, and return an activity for each, in their order.

        Raises:
            As ``record``; the error of one draft names its place, and nothing of the batch was written.
        """
        if isinstance(drafts, Draft) or not isinstance(drafts, Iterable):
            raise InvalidInput("drafts", f"several drafts are expected, not a {type(drafts).__name__}")
        listed = list(drafts)
        return record_all(self._call(), listed) if listed else []

    def record_change(
        self,
        *subjects: RefLike,
        before: object,
        after: object,
        type: str = "record.changed",
        ignore: Collection[str] = (),
        mask: Collection[str] = (),
        **fields: Unpack[ChangeFields],
    ) -> Activity | None:
        """Record what differs between two states of a thing, field by field, or nothing (None) where nothing does.

        ``before`` and ``after`` are mappings (also nested), attrs objects or dataclasses; None is an empty one.
        ``ignore`` names fields or dotted paths to leave out. Of those that ``mask`` names, and of the type's ``secret``
        ones, only that they changed is kept.

        Raises:
            As ``record``.
        """
        draft = Draft.change(*subjects, before=before, after=after, type=type, ignore=ignore, mask=mask, **fields)
        return None if draft is None else self.record(draft)
