"""What a page of a timeline is asked for: its filters and its place, as query parameters that begin with ``al-``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from attrs import evolve, frozen

from activitylog import Activity, Timeline
from activitylog.errors import InvalidInput

__all__ = ["PREFIX", "Arguments"]

PREFIX: Final = "al-"
"""How the component's parameters begin, so that they are no one else's."""

_DAY: Final = timedelta(days=1)
HALF: Final = re.compile("[\ud800-\udfff]")
"""Half a character, which UTF-8 cannot write."""
_MANY: Final = 50
"""Categories or types at most that one page is filtered by."""


@frozen(kw_only=True)
class Arguments:
    """The filters of a page, and where it begins.

    Attributes:
        search: words, all of which must be there.
        categories, types: names, one of which must fit; none for all.
        since, until: the first and the last day, in the viewer's zone.
        open: only what is still to be done.
        folded: similar neighbours are one.
        after, before: the token where the page begins, or ends.
    """

    search: str = ""
    categories: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    open: bool = False
    folded: bool = True
    after: str | None = None
    before: str | None = None

    @classmethod
    def of(cls, query: Mapping[str, Sequence[str]]) -> Arguments:
        """Return the arguments of a query; empty ones are none.

        Raises:
            InvalidInput: a date is none, there are too many names, or a text is none that can be written in UTF-8.
        """
        given = {
            name.removeprefix(PREFIX): [value for value in values if value]
            for name, values in query.items()
            if name.startswith(PREFIX)
        }

        for name, values in given.items():
            if any(HALF.search(value) for value in values):
                raise InvalidInput(name, "it has half a character, a lone surrogate")

        def last(name: str) -> str:
            return (given.get(name) or [""])[-1]

        return cls(
            search=last("q").strip(),
            categories=_names("category", given.get("category", [])),
            types=_names("type", given.get("type", [])),
            since=_date("since", last("since")),
            until=_date("until", last("until")),
            open=last("open") == "1",
            folded=last("fold") != "0",
            after=last("after") or None,
            before=last("before") or None,
        )

    @property
    def filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.search or self.categories or self.types or self.since or self.until or self.open)

    @property
    def first(self) -> Arguments:
        """The first page with these filters."""
        return evolve(self, after=None, before=None)

    def narrowed(self, timeline: Timeline[Activity], tz: tzinfo) -> Timeline[Activity]:
        """Return the timeline with these filters.

        Raises:
            InvalidInput: a value does not fit.
        """
        filters: dict[str, Any] = {
            "search": self.search or None,
            "category": self.categories or None,
            "types": self.types or None,
            "since": None if self.since is None else _midnight(self.since, tz),
            "until": None if self.until is None else _midnight(self.until + _DAY, tz),
            "open": self.open or None,
        }
        given = {name: value for name, value in filters.items() if value is not None}
        return timeline.filter(**given) if given else timeline

    def toggled(self, category: str) -> Arguments:
        """Return the first page with one category more, or less."""
        rest = tuple(name for name in self.categories if name != category)
        return evolve(self.first, categories=rest if category in self.categories else (*rest, category))

    def pairs(self) -> list[tuple[str, str]]:
        """Return the query parameters that say the same."""
        pairs = [
            ("q", self.search),
            *(("category", name) for name in self.categories),
            *(("type", name) for name in self.types),
            ("since", "" if self.since is None else self.since.isoformat()),
            ("until", "" if self.until is None else self.until.isoformat()),
            ("open", "1" if self.open else ""),
            ("fold", "" if self.folded else "0"),
            ("after", self.after or ""),
            ("before", self.before or ""),
        ]
        return [(f"{PREFIX}{name}", value) for name, value in pairs if value]


def _names(name: str, given: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(given))
    if len(found) > _MANY:
        raise InvalidInput(name, f"{len(found)} are given, {_MANY} are possible")
    return found


def _date(name: str, given: str) -> date | None:
    if not given:
        return None
    try:
        found = date.fromisoformat(given)
    except ValueError:
        raise InvalidInput(name, "a day such as 2026-03-01 is expected") from None
    if not 1000 < found.year < 9999:
        raise InvalidInput(name, "a day in the years 1001 to 9998 is expected")
    return found


def _midnight(day: date, tz: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=tz)
