"""What is read: a timeline in a host's page or on one of its own, an entry's history, and the same as JSON."""

from __future__ import annotations

from typing import Any

import orjson
from attrs import evolve
from markupsafe import Markup

from activitylog import REDACTED, Activity, scope
from activitylog.errors import ActivityNotFound, NotAllowed
from activitylog_html.entries import Day, Group, entry_of, in_words
from activitylog_html.exchange import Answer
from activitylog_html.feed import feed, kinds
from activitylog_html.links import Links
from activitylog_html.manual import Form
from activitylog_html.rendering import rendered
from activitylog_html.view import View

__all__ = ["component", "day_of", "form_page", "history", "html", "json", "live", "timeline"]

HTML = "text/html; charset=utf-8"


def component(view: View) -> Markup:
    """Return the whole component, for a page of the host's or one of its own."""
    found = feed(view)
    form = Form.empty(view, found.links) if view.recordable else None
    return _markup("timeline.html", found.view, feed=found, kinds=kinds(view), form=form)


def timeline(view: View) -> Answer:
    """Return the timeline on a page of its own, or what the script puts in the place of the one it has."""
    if view.wants_fragment:
        return html(_markup("feed.html", view, feed=feed(view)))
    return _page(view, component(view), title=view.speech.text("timeline"), whole=True)


def history(view: View, id: str) -> Answer:
    """Return what became of an entry, the newest version first."""
    activity = view.log.get(id)
    found = view.log.history(activity)
    versions = [
        {
            "number": revision.version,
            "action": view.speech.text(f"action.{'hidden' if revision.action == REDACTED else revision.action}"),
            "by": revision.actor.label if revision.actor else "",
            "moment": view.speech.moment(revision.at),
            "comment": revision.comment,
            "changes": list(in_words(revision.changes, view.speech)),
        }
        for revision in reversed(found)
    ]
    listed = _markup("history.html", view, versions=versions)
    if view.wants_fragment:
        return html(listed)
    return _page(view, listed, title=view.speech.text("history_of", summary=activity.summary))


def form_page(
    view: View, form: Form, activity: Activity | None = None, *, status: int = 200, stale: bool = False
) -> Answer:
    """Return the form of a new entry or of one that is there, on a page of its own or for the script to show.

    ``stale`` shows what the entry says now, beside the form that was made of an older version.
    """
    entry = None if activity is None else entry_of(view, activity, Links(view.log, [activity]))
    found = _markup("form.html", view, form=form, entry=entry, stale=stale)
    if view.wants_fragment:
        return html(found, status=status)
    title = view.speech.text("write") if activity is None else view.speech.text("edit_of", summary=activity.summary)
    return _page(view, found, title=title, status=status)


def json(view: View) -> Answer:
    """Return a page of entries as JSON, unfolded; the same arguments as those of a page."""
    view = view.placed()
    asked = view.arguments
    narrowed = asked.narrowed(view.timeline, view.speech.tz)
    page = narrowed.page(view.settings.page_size, after=asked.after, before=asked.before)
    return Answer(body=orjson.dumps(page.to_dict()), media_type="application/json")


def live(view: View) -> Answer:
    """Return the stream of what is recorded from now on, each entry as the script puts it into its place."""
    source = view.settings.live
    if source is None:
        raise ActivityNotFound("live")
    view = view.placed()
    narrowed = view.arguments.narrowed(view.timeline, view.speech.tz)
    last = view.asked.headers.get("last-event-id") or (view.asked.query.get("al-mark") or ("",))[-1]

    def shown(activity: Activity) -> str:
        # Streams outlive the request, and what the adapter knows of it.
        with scope(tenant=view.named.tenant, language=view.timeline.language):
            return str(day_of(evolve(view, speech=view.speech.later()), activity))

    return Answer(
        body=source.stream(narrowed, last_event_id=last, rendered=shown),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


def day_of(view: View, activity: Activity) -> Markup:
    """Return one entry beneath its day, for the script to put it into its place."""
    entry = entry_of(view, activity, Links(view.log, [activity]))
    day = Day(entry.day, view.speech.day(view.speech.day_of(activity.occurred_at)), [Group([entry])])
    return _markup("day.html", view, day=day)


def changeable(view: View, id: str) -> Activity:
    """Return an entry that the viewer may edit and delete here.

    Raises:
        ActivityNotFound, NotAllowed: there is none, or it is not for this viewer.
    """
    activity = view.log.get(id)
    if not view.may_change(activity):
        raise NotAllowed("this entry is not to be changed here by this viewer")
    return activity


def html(body: Markup, status: int = 200) -> Answer:
    """Return HTML as an answer."""
    return Answer(status=status, body=str(body), media_type=HTML)


def _markup(template: str, view: View, **values: Any) -> Markup:
    return rendered(template, view.settings, view.speech, view=view, **values)


def _page(view: View, content: Markup, *, title: str, status: int = 200, whole: bool = False) -> Answer:
    page = rendered("page.html", view.settings, view.speech, title=title, content=content, whole=whole)
    return html(page, status=status)
