"""What is written: entries of people, recorded, edited, deleted and restored from a page."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from markupsafe import Markup

from activitylog import Activity
from activitylog.errors import InvalidInput, NotAllowed, StaleVersion
from activitylog_html import manual
from activitylog_html.exchange import Answer
from activitylog_html.links import Links, with_parameter
from activitylog_html.manual import Form, TooLarge
from activitylog_html.pages import changeable, day_of, form_page, html
from activitylog_html.rendering import rendered
from activitylog_html.view import View

__all__ = ["delete", "edit", "edit_form", "record", "record_form", "restore", "set_status"]

_PARTS: Final = frozenset({"occurred_at", "title", "note", "type"})
"""What errors name that a form has a field for."""
_FILES: Final = ("file", "name", "media_type", "attachment")
"""How begins what they name of a file."""


def record_form(view: View) -> Answer:
    """Return the form of a new entry."""
    _check_writing(view)
    return form_page(view, Form.empty(view, Links(view.log, view.unnamed)))


def record(view: View) -> Answer:
    """Record the entry of the form, and go back to the page."""
    _check_writing(view)
    form = Form.of(view.asked)
    try:
        manual.check_size(view)
        activity = manual.recorded(view)
    except InvalidInput as error:
        return _again(view, form, error)
    return _done(view, activity)


def edit_form(view: View, id: str) -> Answer:
    """Return the form to edit an entry."""
    activity = changeable(view, id)
    return form_page(view, Form.about(view, activity), activity)


def edit(view: View, id: str) -> Answer:
    """Edit an entry, and go back to the page; where somebody was faster, show what is there now."""
    activity = changeable(view, id)
    form = Form.of(view.asked)
    try:
        changed = manual.edited(view, activity)
    except StaleVersion as error:
        current = error.current if isinstance(error.current, Activity) else view.log.get(id)
        return form_page(view, evolve(form, version=str(current.version)), current, status=409, stale=True)
    except InvalidInput as error:
        return _again(view, form, error, activity)
    return _done(view, changed)


def set_status(view: View, id: str) -> Answer:
    """Lead an entry to the status that was chosen, and go back to the page; one that it has already is no error."""
    activity = changeable(view, id)
    chosen = (view.asked.form.get("al-status") or ("",))[-1]
    return _done(view, view.log.transition(activity, chosen) if chosen != activity.status else activity)


def delete(view: View, id: str) -> Answer:
    """Delete an entry, and go back to the page, which offers to restore it."""
    activity = changeable(view, id)
    view.log.delete(activity)
    if view.wants_fragment:
        return html(rendered("deleted.html", view.settings, view.speech, view=view, id=str(activity.id)))
    return _to(with_parameter(view.back, "al-deleted", str(activity.id)))


def restore(view: View, id: str) -> Answer:
    """Bring a deleted entry back, and go back to the page."""
    if not view.named.writes:
        raise NotAllowed("nothing is written on this page")
    return _done(view, view.log.restore(id))


def _check_writing(view: View) -> None:
    if not view.recordable:
        raise NotAllowed("this viewer records nothing on this page")


def _again(view: View, form: Form, error: InvalidInput, activity: Activity | None = None) -> Answer:
    """The form as it was filled in, with what is wrong; what is wrong with no part of it is not the person's doing."""
    name = error.field.rpartition(".")[2].partition("[")[0]
    part = "files" if error.field.startswith(_FILES) else name
    if part != "files" and part not in _PARTS:
        raise error
    status, key = (413, "problem.413") if isinstance(error, TooLarge) else (400, f"wrong.{part}")
    text = view.speech.text(key, size=view.speech.size(view.settings.upload_max))
    return form_page(view, evolve(form, wrong={part: text}), activity, status=status)


def _done(view: View, activity: Activity) -> Answer:
    return html(day_of(view, activity)) if view.wants_fragment else _to(view.back)


def _to(url: str) -> Answer:
    return Answer(status=303, body=Markup(""), headers={"Location": url})
