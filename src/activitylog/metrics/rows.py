"""What metrics answer: rows of plain values."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from attrs import frozen

from activitylog.refs import Ref

__all__ = [
    "Channel",
    "Engagement",
    "Frequency",
    "LastContact",
    "Period",
    "ResponseTimes",
    "Silent",
    "Trend",
    "Volume",
]


@frozen
class Volume:
    """How many entries there are in a stretch of time.

    Attributes:
        start: the first day of the day, week or month; of an hour its first instant.
        key: the value of ``by``: a text; of ``actor`` a ref, or None; None where nothing was asked by.
        count: how many entries.
    """

    start: date
    key: str | Ref | None
    count: int


@frozen
class Channel:
    """How a channel was used: how many contacts, how many of them each way, and when last."""

    channel: str
    count: int
    incoming: int
    outgoing: int
    last_at: datetime


@frozen
class LastContact:
    """When there was contact last: at all, from them, and to them; None where there was none."""

    at: datetime | None
    incoming: datetime | None
    outgoing: datetime | None


@frozen
class Silent:
    """A subject without contact for some time, and when the last one was; None where there was none at all."""

    subject: Ref
    last_at: datetime | None


@frozen
class Frequency:
    """How often there is contact.

    Attributes:
        count: how many contacts.
        first_at, last_at: when the first and the last of them were; None where there was none.
        mean_days: the mean days from one contact to the next; None where there are fewer than two.
        per_week: contacts per week at that pace; None where there are fewer than two, or all at one time.
    """

    count: int
    first_at: datetime | None
    last_at: datetime | None
    mean_days: float | None
    per_week: float | None


@frozen
class ResponseTimes:
    """How long those who wrote waited for an answer.

    Attributes:
        key: who answered: by ``actor`` a ref, None for what nobody has answered; by ``team`` its name, that of the
            entry that waits where nobody has answered; else None.
        answered: how many got their answer.
        unanswered: how many still wait.
        median, p90: by nearest rank: half of those answered, and nine tenths, waited no longer; None without answers.
    """

    key: str | Ref | None
    answered: int
    unanswered: int
    median: timedelta | None
    p90: timedelta | None


@frozen
class Period:
    """What there was from ``since``, included, to ``until``, excluded: entries, and the contacts among them."""

    since: datetime
    until: datetime
    entries: int
    contacts: int
    incoming: int
    outgoing: int


@frozen
class Trend:
    """A period beside the one of the same length before it."""

    now: Period
    before: Period

    @property
    def change(self) -> float | None:
        """By what part the entries grew: 0.5 is half as many again; None where there were none before."""
        return _growth(self.before.entries, self.now.entries)

    @property
    def contacts_change(self) -> float | None:
        """By what part the contacts grew; None where there were none before."""
        return _growth(self.before.contacts, self.now.contacts)


def _growth(before: int, now: int) -> float | None:
    return None if before == 0 else (now - before) / before


@frozen
class Engagement:
    """How lively the exchange is: a score of 0 to 100, and its three parts, each from 0 to 1."""

    score: int
    recency: float
    frequency: float
    reciprocity: float
