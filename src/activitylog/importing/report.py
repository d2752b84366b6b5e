"""What an import did."""

from __future__ import annotations

from attrs import field, frozen

__all__ = ["ImportReport", "Unreadable"]


@frozen
class Unreadable:
    """Something that could not be taken over: where it lies, and why."""

    where: str
    reason: str


@frozen
class ImportReport:
    """What an import did.

    Attributes:
        recorded: entries that are new in the log.
        known: what was there already.
        unreadable: what could not be taken over.
        passed_over: files that are no mail by their name and beginning.
    """

    recorded: int = 0
    known: int = 0
    unreadable: tuple[Unreadable, ...] = field(default=())
    passed_over: int = 0
