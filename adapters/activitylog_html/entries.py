"""Entries as a page shows them: by day, similar neighbours together, each with all that is to be said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from attrs import field, frozen

from activitylog import Activity, Actor, Attachment, Change, Fold, Link, Ref
from activitylog_html.icons import icon_of, tone_of
from activitylog_html.links import Links
from activitylog_html.speech import Moment, Speech
from activitylog_html.view import View

__all__ = ["Day", "Entry", "Group", "activities_of", "days", "entry_of", "in_words"]

LONG_NOTE: Final = 600
"""Characters of a note beyond which it is unfolded on demand."""
_LEAD: Final = 280


@frozen
class Shown:
    """A field that changed, in the viewer's words; empty where there was nothing."""

    label: str
    old: str
    new: str


@frozen
class Download:
    """A file of an entry."""

    name: str
    size: str
    url: str


@frozen(kw_only=True)
class Entry:
    """An entry as it is shown. Its activity tells what needs no more words: summary, title, status."""

    activity: Activity = field(repr=False)
    moment: Moment
    day: str
    icon: str
    tone: str
    actor: Link | None
    behalf: Link | None
    about: Sequence[Link]
    source: Link | None
    assignee: Link | None
    due: Moment | None
    changes: Sequence[Shown]
    files: Sequence[Download]
    title: str
    lead: str
    """The beginning of a long note."""
    may_change: bool
    statuses: Mapping[str, str]
    """Those that may be next, with their names for people."""
    url: str
    """Where its own pages are, with a slash at its end; ``back`` is what they are asked with."""
    back: str


@frozen
class Group:
    """Similar neighbours; often just one."""

    entries: Sequence[Entry]

    @property
    def first(self) -> Entry:
        """The one that stands for all."""
        return self.entries[0]


@frozen
class Day:
    """What happened on one day."""

    iso: str
    heading: str
    groups: Sequence[Group]


def days(view: View, items: Iterable[Activity | Fold], links: Links) -> list[Day]:
    """Return the items of a page by day, in their order; a fold belongs to the day of its first entry."""
    groups = [Group([entry_of(view, activity, links) for activity in activities_of(item)]) for item in items]
    found = []
    for iso, members in groupby(groups, lambda group: group.first.day):
        listed = list(members)
        day = view.speech.day_of(listed[0].first.activity.occurred_at)
        found.append(Day(iso, view.speech.day(day), listed))
    return found


def entry_of(view: View, activity: Activity, links: Links) -> Entry:
    """Return an entry as it is shown."""
    speech, by = view.speech, activity.actor
    url = f"{view.base}entries/{activity.id}/"
    return Entry(
        activity=activity,
        moment=speech.moment(activity.occurred_at),
        day=speech.day_of(activity.occurred_at).isoformat(),
        icon=icon_of(activity),
        tone=tone_of(activity),
        actor=None if by is None else _actor(by, links, speech),
        behalf=None if by is None or by.behalf is None else links.of(by.behalf),
        about=[links.of(ref) for ref in activity.subjects if ref not in view.subjects],
        source=_link(activity.source, links),
        assignee=_link(activity.assignee, links),
        due=None if activity.due_at is None else speech.moment(activity.due_at),
        changes=list(in_words(activity.changes, speech)),
        files=[_download(view, activity, file) for file in activity.attachments],
        title="" if _says(activity.summary, activity.title) else activity.title,
        lead=_beginning(activity.note) if len(activity.note) > LONG_NOTE else "",
        may_change=view.may_change(activity),
        statuses=view.statuses_after(activity),
        url=url,
        back=urlencode({"al-back": view.back}),
    )


def in_words(changes: Iterable[Change], speech: Speech) -> Iterator[Shown]:
    """Give changes in the viewer's words."""
    for change in changes:
        yield Shown(change.label, speech.value(change.old), speech.value(change.new))


def activities_of(item: Activity | Fold) -> Sequence[Activity]:
    """Return the activities of an item of a page: itself, or those that are folded."""
    return item.activities if isinstance(item, Fold) else (item,)


def _actor(by: Actor, links: Links, speech: Speech) -> Link:
    return Link(speech.text("anonymous")) if by.kind == "anonymous" else links.of(by.ref)


def _link(ref: Ref | None, links: Links) -> Link | None:
    return None if ref is None else links.of(ref)


def _download(view: View, activity: Activity, file: Attachment) -> Download:
    return Download(file.name, view.speech.size(file.size), f"{view.base}files/{activity.id}/{file.id}")


def _says(summary: str, title: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(title)}(?!\w)", summary) is not None


def _beginning(note: str) -> str:
    return f"{note[:_LEAD].rsplit(maxsplit=1)[0]} …"
