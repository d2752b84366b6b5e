"""The offsets of a time zone over a range of time, so that no store needs zone data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

__all__ = ["offsets"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_DAY_MS: Final = 86_400_000


def offsets(tz: tzinfo, first: datetime, last: datetime) -> tuple[tuple[int, int], ...]:
    """Return ``(from_utc_ms, offset_ms)`` for all changes of offset between two instants, the first one's included."""
    found: list[tuple[int, int]] = []
    for year in range(first.year, min(last.year + 1, 9998) + 1):
        for change in _of_year(tz, year):
            if not found or found[-1][1] != change[1]:
                found.append(change)
    return tuple(found)


@lru_cache(maxsize=1024)
def _of_year(tz: tzinfo, year: int) -> tuple[tuple[int, int], ...]:
    start, end = _ms(datetime(year, 1, 1, tzinfo=UTC)), _ms(datetime(year + 1, 1, 1, tzinfo=UTC))
    found = [(start, _offset(tz, start))]
    for day in range(start, end, _DAY_MS):
        after = _offset(tz, day + _DAY_MS)
        if after != found[-1][1]:
            found.append((_change(tz, day, day + _DAY_MS), after))
    return tuple(found)


def _change(tz: tzinfo, low: int, high: int) -> int:
    before = _offset(tz, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(tz, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(tz: tzinfo, utc_ms: int) -> int:
    moment = (_EPOCH + utc_ms * _MILLISECOND).astimezone(tz)
    return (moment.utcoffset() or timedelta()) // _MILLISECOND


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
