"""The page of a timeline: what is on it, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from attrs import evolve, frozen

from activitylog import Activity, Fold, Page
from activitylog.errors import InvalidCursor, InvalidInput
from activitylog_html.arguments import Arguments
from activitylog_html.entries import Day, Entry, activities_of, days, entry_of
from activitylog_html.links import Links
from activitylog_html.view import View

__all__ = ["Chip", "Feed", "feed", "kinds"]

PINNED_MAX: Final = 10
"""Entries that stand on top at most; more of them are found in their places."""
_CHIPS: Final = 6
"""Categories that are offered as chips; those that are chosen always are."""


@frozen
class Chip:
    """A filter that one click sets and takes away again."""

    name: str
    label: str
    url: str
    chosen: bool


@frozen(kw_only=True)
class Feed:
    """A page of a timeline; ``wrong`` says, where it is asked for what is not possible, what that is."""

    view: View
    links: Links
    chips: Sequence[Chip]
    pinned: Sequence[Entry] = ()
    days: Sequence[Day] = ()
    newer: str = ""
    older: str = ""
    wrong: str = ""
    live: str = ""

    @property
    def all(self) -> str:
        """The first page without filters."""
        return self.view.address.to(Arguments(folded=self.view.arguments.folded))

    @property
    def fold(self) -> str:
        """The first page with similar neighbours as one, or each by itself: the other of the two."""
        return self.view.address.to(evolve(self.view.arguments.first, folded=not self.view.arguments.folded))

    @property
    def has_groups(self) -> bool:
        """Whether there is something to unfold."""
        return any(len(group.entries) > 1 for day in self.days for group in day.groups)


def feed(view: View) -> Feed:
    """Return the page that is asked for. What a browser asks wrongly is told on it."""
    try:
        view = view.placed()
        page, pinned = read(view)
    except (InvalidInput, InvalidCursor):
        view = evolve(view, arguments=Arguments())
        links = Links(view.log, view.unnamed)
        return Feed(view=view, links=links, chips=_chips(view), wrong=view.speech.text("wrong.link"))
    on_top = {activity.id for activity in pinned}
    items = [rest for item in page if (rest := _without(item, on_top)) is not None]
    shown = (*pinned, *(activity for item in items for activity in activities_of(item)))
    links = Links(view.log, (*shown, *view.unnamed))
    start = view.arguments.first
    return Feed(
        view=view,
        links=links,
        chips=_chips(view),
        pinned=[entry_of(view, activity, links) for activity in pinned],
        days=days(view, items, links),
        newer=view.address.to(evolve(start, before=page.previous)) if page.previous else "",
        older=view.address.to(evolve(start, after=page.next)) if page.next else "",
        live=_live(view, page),
    )


def read(view: View) -> tuple[Page[Activity] | Page[Fold], Sequence[Activity]]:
    """Return the page that a view's arguments ask for, and on the first page what is pinned.

    Raises:
        InvalidInput, InvalidCursor: they ask for what is not possible.
    """
    asked = view.arguments
    timeline = asked.narrowed(view.timeline, view.speech.tz)
    size, place = view.settings.page_size, {"after": asked.after, "before": asked.before}
    page: Page[Activity] | Page[Fold]
    page = timeline.folded(view.settings.fold).page(size, **place) if asked.folded else timeline.page(size, **place)
    # A redacted entry matches no filter on what is hidden, so the list itself is not asked for the rest: it has all.
    pinned = () if page.previous else timeline.filter(pinned=True).page(PINNED_MAX).items
    return page, pinned


def kinds(view: View) -> list[tuple[str, str]]:
    """Return the names of the types that a page can be filtered by, with their names for people, in their order."""
    language = view.timeline.language
    named = [
        (declared.name, declared.label_in(language))
        for declared in view.log.types
        if declared.name != "timeline.viewed"
    ]
    return sorted(named, key=lambda pair: pair[1].casefold())


def _without(item: Activity | Fold, on_top: set[UUID]) -> Activity | Fold | None:
    rest = tuple(activity for activity in activities_of(item) if activity.id not in on_top)
    if len(rest) == len(activities_of(item)):
        return item
    return Fold(rest) if rest else None


def _chips(view: View) -> list[Chip]:
    """The categories that most types have, and what is still open where there are statuses."""
    arguments = view.arguments
    types = [declared for declared in view.log.types if declared.category and declared.category != "access"]
    counted = Counter(declared.category for declared in types)
    offered = [name for name, _ in counted.most_common(_CHIPS)]
    found = [
        Chip(name, view.speech.category(name), view.address.to(arguments.toggled(name)), name in arguments.categories)
        for name in dict.fromkeys((*offered, *arguments.categories))
    ]
    if any(declared.statuses for declared in types):
        turned = evolve(arguments.first, open=not arguments.open)
        found.append(Chip("open", view.speech.text("open"), view.address.to(turned), arguments.open))
    return found


def _live(view: View, page: Page[Activity] | Page[Fold]) -> str:
    """Where the script hears of what is recorded from now on: of the newest page only."""
    if view.settings.live is None or page.previous:
        return ""
    asked = [*view.arguments.first.pairs(), ("al-mark", page.mark), ("al-back", view.back)]
    return f"{view.base}live?{urlencode(asked)}"
