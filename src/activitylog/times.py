"""Instants: aware, in UTC, of whole milliseconds; and what a calendar day means in a zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from activitylog.errors import InvalidInput
from activitylog.storage import ABSENT

__all__ = ["Clock", "When", "instant", "now", "upper_bound", "zone"]

When = datetime | date
"""An aware datetime, or a date: the first instant of that day in the log's zone."""

Clock = Callable[[], datetime]
"""Gives the present time, aware."""

EARLIEST: Final = datetime(1000, 1, 1, tzinfo=UTC)
"""The first instant that every store can keep."""
MILLISECOND: Final = timedelta(milliseconds=1)
LATEST: Final = ABSENT - MILLISECOND
"""The last instant; what is to happen then, never happens."""


def now() -> datetime:
    """Return the present time in UTC, cut to milliseconds."""
    return truncated(datetime.now(UTC))


_RESTS: Final = tuple(timedelta(microseconds=rest) for rest in range(1000))
"""What may lie below a millisecond: to take it off is quicker than to replace a part of the time."""


def truncated(moment: datetime) -> datetime:
    """Return the time without the part below a millisecond."""
    rest = moment.microsecond % 1000
    return moment - _RESTS[rest] if rest else moment


def instant(field: str, when: Any, tz: tzinfo) -> datetime:
    """Return the instant in UTC, cut to milliseconds; a date is the first instant of that day in the zone.

    Raises:
        InvalidInput: it is naive, no time at all, before the year 1000, or not before 9999-12-31 in UTC.
    """
    if isinstance(when, datetime):
        if when.tzinfo is None or when.utcoffset() is None:
            raise InvalidInput(field, "the time is naive: give it a time zone, such as tzinfo=datetime.UTC")
        moment = when
    elif isinstance(when, date):
        moment = first_instant(when, tz)
    else:
        raise InvalidInput(field, f"an aware datetime or a date is expected, not {type(when).__name__}")
    try:
        utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except OverflowError:
        raise InvalidInput(field, "in UTC the time lies outside of the years 1000 to 9999") from None
    if not EARLIEST <= utc < ABSENT:
        raise InvalidInput(field, "the time must lie between 1000-01-01 and 9999-12-30 in UTC (9999-12-31 means none)")
    return truncated(utc)


def upper_bound(field: str, when: Any, tz: tzinfo) -> datetime:
    """Return the instant, rounded up to milliseconds: as a bound it leaves the order of what it bounds intact."""
    moment = instant(field, when, tz)
    return moment if not isinstance(when, datetime) or when.microsecond % 1000 == 0 else moment + MILLISECOND


def first_instant(day: date, tz: tzinfo) -> datetime:
    """Return the first instant of a day in a zone, in UTC; where midnight is skipped, the end of the gap."""
    try:
        midnight = datetime.combine(day, time(), tz)
        utc = midnight.astimezone(UTC)
        if utc.astimezone(tz).replace(tzinfo=None) == midnight.replace(tzinfo=None):
            return utc
        return _first_after(midnight, tz)
    except OverflowError:
        return ABSENT


def _first_after(gap: datetime, tz: tzinfo) -> datetime:
    # In a gap the fold chooses the offset: fold=1 takes the one after it, which lands before the transition.
    low, high = gap.replace(fold=1).astimezone(UTC), gap.replace(fold=0).astimezone(UTC)
    wall = gap.replace(tzinfo=None)
    while high - low > MILLISECOND:
        middle = low + (high - low) / 2
        if middle.astimezone(tz).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return truncated(high)


def zone(name: Any) -> tzinfo:
    """Return the zone of a name such as ``Europe/Berlin``, or the tzinfo that was given.

    Raises:
        InvalidInput: no such zone is known on this machine.
    """
    if isinstance(name, tzinfo):
        if type(name).__hash__ is None:
            raise InvalidInput("tz", f"a {type(name).__name__} cannot be told from others; use zoneinfo.ZoneInfo")
        return name
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise InvalidInput("tz", f"{name!r} is no time zone known here, such as 'Europe/Berlin'") from None
