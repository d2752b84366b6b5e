"""What happened, in words of no library: every contender keeps the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from attrs import frozen

from activitylog import Actor, Ref

__all__ = ["ACME", "DEAL", "KIM", "LEA", "NOTE", "SILENT", "START", "TENANT", "Fact", "calls", "history"]

TENANT = "south"
LEA = Actor.user(3, "Lea Müller")
KIM, ACME, DEAL = Ref("contact", 42, "Kim Weber"), Ref("company", 7, "ACME"), Ref("deal", 9, "Renewal")
SILENT = Ref("contact", 41, "Robin Vogel")
"""A customer of long ago, who has been silent since."""
NOTE = "Asked for a quote for the second half of the year"
START = datetime(2021, 1, 1, tzinfo=UTC)

_CONTACTS, _FIRST = 1_000, 100
_SMALL = 100_000
"""Up to so many entries the log is small, and each eighth is Kim's; from then on each hundredth."""


@frozen
class Fact:
    """An activity of the benchmarks: a call, with a note."""

    subjects: tuple[Ref, ...]
    at: datetime | None = None
    """When it was, where that is not now."""
    key: str | None = None
    type: str = "call"
    actor: Actor = LEA
    note: str = NOTE


def calls(count: int) -> list[Fact]:
    """So many calls of one contact, now."""
    return [Fact((KIM,))] * count


def history(start: int, stop: int) -> Iterator[Fact]:
    """The entries of these numbers, one a minute: first those of the silent one, then each eighth is Kim's."""
    for number in range(start, stop):
        if number < 25:
            subject = SILENT
        elif number % (8 if number < _SMALL else 100) == 0:
            subject = KIM
        else:
            other = _FIRST + number % _CONTACTS
            subject = Ref("contact", other, f"Contact {other}")
        yield Fact((subject,), at=START + timedelta(minutes=number))
