"""What people write: the form of a manual entry, from what the browser sends to what the log takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any, Final

from attrs import field, frozen

from activitylog import Activity, Attachment, Ref
from activitylog.errors import InvalidInput
from activitylog_html.exchange import Asked
from activitylog_html.links import Links
from activitylog_html.tokens import BadToken
from activitylog_html.view import View

__all__ = ["Form", "TooLarge", "check_size", "edited", "recorded"]

_SHOWN_AT: Final = "%Y-%m-%dT%H:%M"
"""As browsers write a date and a time."""
_LABEL_MAX: Final = 500
"""Bytes of a label."""
_TEXT_MAX: Final = 300_000
"""Bytes of a form beside its files."""
_DIGITS: Final = 15
"""Of lengths that a form can have."""


class TooLarge(InvalidInput):
    """The files of a form are larger than the host allows."""

    def __init__(self) -> None:
        super().__init__("files", "they are too large together: upload_max= sets the limit")


@frozen(kw_only=True)
class Form:
    """The form of an entry, as it was filled in; ``wrong`` says by field what does not fit."""

    type: str = ""
    at: str = ""
    title: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    version: str = ""
    subjects: str = field(default="", repr=False)
    """Whom a new entry is about, signed."""
    wrong: Mapping[str, str] = field(factory=dict)

    @classmethod
    def of(cls, asked: Asked) -> Form:
        """Return the form that a browser sends."""

        def last(name: str) -> str:
            return (asked.form.get(f"al-{name}") or ("",))[-1]

        return cls(
            type=last("type"),
            at=last("at"),
            title=last("title").strip(),
            note=last("note").replace("\r\n", "\n").strip(),
            version=last("version"),
            subjects=last("subjects"),
        )

    @classmethod
    def empty(cls, view: View, links: Links) -> Form:
        """Return the form of a new entry about the subjects of the timeline, with their present labels."""
        named = [ref if ref.label else _named(ref, links.of(ref).label) for ref in view.subjects]
        return cls(subjects=view.settings.tokens.labels(named))

    @classmethod
    def about(cls, view: View, activity: Activity) -> Form:
        """Return the form to edit an entry."""
        return cls(
            type=activity.type,
            at=_shown(view, activity),
            title=activity.title,
            note=activity.note,
            version=str(activity.version),
        )


def recorded(view: View) -> Activity:
    """Record the entry of the form that is sent.

    Raises:
        ActivityLogError: it does not fit; nothing was written.
    """
    form = Form.of(view.asked)
    subjects = _labelled(view, form)
    if form.type not in {declared.name for declared in view.recordable}:
        raise InvalidInput("type", "is none that people write here")
    moment = _moment(view, form.at)
    given: dict[str, Any] = {} if moment is None else {"occurred_at": moment}
    return view.log.record(
        form.type, *subjects, title=form.title, note=form.note, attachments=_attachments(view), **given
    )


def edited(view: View, activity: Activity) -> Activity:
    """Edit an entry as the form says that is sent, if it is still the version that the form was made of.

    Raises:
        ActivityLogError: it does not fit, or somebody was faster; nothing was written.
    """
    form = Form.of(view.asked)
    if not re.fullmatch("[1-9][0-9]{0,8}", form.version):
        raise InvalidInput("form", "it does not say which version it was made of")
    fields: dict[str, Any] = {"title": form.title, "note": form.note}
    moment = _moment(view, form.at)
    # The form has no seconds: a time that was left as it is stays as it is.
    if moment is not None and form.at != _shown(view, activity):
        fields["occurred_at"] = moment
    return view.log.edit(activity.id, version=int(form.version), **fields)


def check_size(view: View) -> None:
    """Refuse a form by the length that it announces, before anything of it is used.

    Raises:
        TooLarge: it is larger than the files may be, and some text.
    """
    announced = view.asked.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > _DIGITS or int(announced) > view.settings.upload_max + _TEXT_MAX):
        raise TooLarge


def _labelled(view: View, form: Form) -> tuple[Ref, ...]:
    """The subjects of a new entry, with the labels that the form was made with."""
    try:
        found = view.settings.tokens.labelled(form.subjects)
    except BadToken:
        raise InvalidInput("form", "it does not say whom it is about") from None
    if tuple(map(str, found)) != view.named.subjects:
        raise InvalidInput("form", "it is about others than the timeline")
    return found


def _named(ref: Ref, label: str) -> Ref:
    """A ref with its present label; where nobody knows one, what stands in its place is none."""
    return ref if label == str(ref) else Ref(ref.kind, ref.id, label.encode()[:_LABEL_MAX].decode(errors="ignore"))


def _moment(view: View, given: str) -> datetime | None:
    """The instant of a date and a time in the viewer's zone; None for now."""
    if not given:
        return None
    try:
        local = datetime.fromisoformat(given)
    except ValueError:
        raise InvalidInput("occurred_at", "a date and a time such as 2026-03-01T09:30 are expected") from None
    return local if local.tzinfo else local.replace(tzinfo=view.speech.tz)


def _shown(view: View, activity: Activity) -> str:
    return activity.occurred_at.astimezone(view.speech.tz).strftime(_SHOWN_AT)


def _attachments(view: View) -> list[Attachment]:
    # Where no file was chosen, browsers send an empty one.
    uploads = [upload for upload in view.asked.files.get("al-files", ()) if upload.name]
    rest = _Rest(view.settings.upload_max)
    return [
        Attachment(_Limited(upload.stream, rest), name=upload.name, media_type=_plain(upload.media_type))
        for upload in uploads
    ]


def _plain(media_type: str) -> str:
    """What an upload says of itself, if that can be a media type; else nothing, and the name tells."""
    found = media_type.partition(";")[0].strip().lower()
    return found if re.fullmatch(r"[a-z0-9][a-z0-9.+-]{0,62}/[a-z0-9][a-z0-9.+-]{0,126}", found) else ""


class _Rest:
    """Bytes that all files of a form together may still have."""

    def __init__(self, most: int) -> None:
        self.bytes = most

    def take(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            raise TooLarge


class _Limited:
    """A stream that ends with an error where it is larger than it may be."""

    def __init__(self, stream: IO[bytes], rest: _Rest) -> None:
        self._stream = stream
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._rest.take(len(chunk))
        return chunk
