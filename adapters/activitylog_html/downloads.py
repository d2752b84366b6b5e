"""Files of entries, as a browser may have them: to keep, and never to run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final
from urllib.parse import quote

from activitylog.errors import ActivityNotFound
from activitylog_html.exchange import Answer
from activitylog_html.view import View

__all__ = ["download"]

_PART: Final = 64_000
_UNKNOWN: Final = "application/octet-stream"
_HARMLESS: Final = frozenset({
    "application/gzip", "application/json", "application/msword", "application/pdf", "application/rtf",
    "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip", "audio/mpeg",
    "audio/ogg", "audio/wav", "image/gif", "image/jpeg", "image/png", "image/webp", "message/rfc822", "text/calendar",
    "text/csv", "text/plain", "text/vcard", "video/mp4", "video/mpeg", "video/webm",
})  # fmt: skip
"""Media types that are told; no browser runs anything of them. All others are bytes."""


def download(view: View, entry: str, attachment: str) -> Answer:
    """Return a file of an entry, part by part, to be kept and not to be shown.

    Raises:
        ActivityNotFound: there is no such entry, or no such file of it, that the viewer may see.
    """
    activity = view.log.get(entry)
    file = next((each for each in activity.attachments if str(each.id) == attachment), None)
    if file is None or activity.deleted:
        raise ActivityNotFound(entry)
    plain = file.filename.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    return Answer(
        body=_Content(view.log.files.open(activity, file)),
        media_type=file.media_type if file.media_type in _HARMLESS else _UNKNOWN,
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.filename)}",
            "Content-Length": str(file.size),
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


class _Content:
    """The parts of a file; closed at its end, or by the server that stops before."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        try:
            while part := self._file.read(_PART):
                yield part
        finally:
            self.close()

    def close(self) -> None:
        self._file.close()
