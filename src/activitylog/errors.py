"""Every error that the library raises: one root, one leaf per meaning.

A message names the field, what was wrong and the remedy. It never holds personal data (notes, titles, values
of data), a secret of a URL, or SQL: such a value is named by its type or length only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

__all__ = [
    "ActivityLogError",
    "ActivityNotFound",
    "IdempotencyConflict",
    "Immutable",
    "InvalidCursor",
    "InvalidInput",
    "KeyConflicts",
    "MissingExtra",
    "MissingPlaceholders",
    "NotAllowed",
    "OnHold",
    "Refused",
    "SchemaMismatch",
    "StaleVersion",
    "StorageError",
    "StorageUnavailable",
    "TooManySubjects",
    "TransitionNotAllowed",
    "UnknownTemplate",
    "UnknownType",
    "Unsupported",
    "WriteConflict",
]


class ActivityLogError(Exception):
    """The root of all errors of the library: catch it to catch them all."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[ActivityLogError], args: tuple[Any, ...], state: dict[str, Any]) -> ActivityLogError:
    # Constructors make the message of their arguments; a copy, or one from another process, has it already.
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class InvalidInput(ActivityLogError, ValueError):
    """A value that was given is not acceptable; nothing was written.

    Attributes:
        field: the name of the offending field, such as ``note`` or ``drafts[17].occurred_at``.
        reason: what is wrong with it, and what to do.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class TooManySubjects(InvalidInput):
    """More subjects than one activity (500) or one timeline (100) can have."""


class UnknownType(ActivityLogError, LookupError):
    """No activity type of this name is declared.

    Attributes:
        name: the name that was asked for.
        nearest: declared names that resemble it.
    """

    def __init__(self, name: str, nearest: Sequence[str] = ()) -> None:
        hint = f" Did you mean {' or '.join(map(repr, nearest))}?" if nearest else ""
        # A text that cannot be a name may be anything, a person's words too.
        shown = repr(name) if len(name) <= 64 and name.isascii() and " " not in name else "of this name"
        super().__init__(f"type: no activity type {shown} is declared.{hint} Declare it in the log's TypeRegistry.")
        self.name = name
        self.nearest = tuple(nearest)


class MissingPlaceholders(InvalidInput):
    """A template has placeholders that nothing fills; nothing was made of it.

    Attributes:
        names: all of them.
    """

    def __init__(self, names: Sequence[str], field: str = "values") -> None:
        listed = ", ".join(f"{{{name}}}" for name in names)
        super().__init__(field, f"nothing fills {listed}: give draft() a value for each that has a text")
        self.names = tuple(names)


class UnknownTemplate(InvalidInput, LookupError):
    """The tenant has no template of this name."""

    def __init__(self) -> None:
        # The name may be anything that a person typed.
        super().__init__("template", "there is none of this name: log.templates gives those there are")


class ActivityNotFound(ActivityLogError, LookupError):
    """No activity of this id is there, or it is not visible to who asks: the two look the same.

    Attributes:
        id: the id that was asked for.
    """

    def __init__(self, id: UUID | str) -> None:
        super().__init__(f"id: there is no activity {id}")
        self.id = id


class InvalidCursor(ActivityLogError, ValueError):
    """A page token is cut, forged, or was made for another timeline; start again from the first page."""


class StaleVersion(ActivityLogError):
    """The entry was changed since it was read; read it again, then decide.

    Attributes:
        current: what is stored now: an ``Activity`` from the log, a ``Record`` or ``Document`` (or None, where
            there is none) from a store.
    """

    def __init__(self, message: str, current: Any = None) -> None:
        super().__init__(message)
        self.current = current


class Immutable(ActivityLogError):
    """The facts of this entry cannot be changed: it is a system entry, or it is deleted."""


class NotAllowed(ActivityLogError):
    """The operation is not permitted here, now or to this viewer."""


class OnHold(ActivityLogError):
    """What is held by ``log.retention.hold(…)`` cannot be erased; nothing was. Release it first.

    The message names the entry that is held by its id, or says that it is the person.
    """


class TransitionNotAllowed(NotAllowed):
    """The entry's type does not lead from its status to this one.

    Attributes:
        allowed: the statuses that can follow.
    """

    def __init__(self, message: str, allowed: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)


class IdempotencyConflict(ActivityLogError):
    """The idempotency key, or the id, is known with other content; nothing was written.

    Attributes:
        first: the id of the entry that has it; None where the viewer may not see that.
    """

    def __init__(self, message: str, first: UUID | None) -> None:
        super().__init__(message)
        self.first = first


class Refused(ActivityLogError):
    """A receiver of ``signals.recording`` refused the drafts; raise it there to veto."""


class MissingExtra(ActivityLogError, ImportError):
    """An optional part is not installed.

    Attributes:
        extra: the extra to install: ``pip install "activitylog[<extra>]"``.
    """

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(f'{purpose} needs an optional part: pip install "activitylog[{extra}]"')
        self.extra = extra


class StorageError(ActivityLogError):
    """The store could not do what was asked.

    Attributes:
        retry: whether the same call may succeed when made again.
        drafts: the drafts that were not recorded; recording them again is safe.
    """

    retry: bool = False

    def __init__(self, message: str, *, retry: bool | None = None) -> None:
        super().__init__(message)
        if retry is not None:
            self.retry = retry
        self.drafts: tuple[Any, ...] = ()


class StorageUnavailable(StorageError):
    """The store cannot be reached, is locked, read-only, full or damaged; the message says which."""


class WriteConflict(StorageError):
    """Another writer came first and the store gave up; retrying is safe."""

    retry = True


class KeyConflicts(StorageError):
    """``Storage.append`` found keys or ids that are known with another digest; nothing was written.

    Attributes:
        first: for each such record, its id and the id of the entry that is there.
    """

    def __init__(self, first: Mapping[UUID, UUID]) -> None:
        super().__init__(f"{len(first)} of the records have a key or an id that is known with other content")
        self.first = dict(first)


class SchemaMismatch(StorageError):
    """The store's schema is missing, or newer than this library can serve; the message says what to run."""


class Unsupported(StorageError):
    """This store does not have the capability that was asked for."""
