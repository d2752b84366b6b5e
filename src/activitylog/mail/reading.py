"""One message, read: who, when, about what, in which conversation; nothing that is broken stops it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from enum import Enum
from hashlib import sha256
from typing import Any, Final

from attrs import field, frozen

from activitylog.errors import InvalidInput
from activitylog.mail.addresses import Address, addresses
from activitylog.mail.text import decoded, header_text, plain_text

__all__ = ["Nature", "Reading", "believable", "parsed"]

_ID: Final = re.compile(r"<([^<>]+)>")
_QUOTED_FROM: Final = re.compile(r"^>+(?=From )", re.MULTILINE)
"""What mailboxes put before a line that begins so; not all of them, and not all take it away again."""
_EARLIEST: Final = datetime(1000, 1, 1, tzinfo=UTC)
_SNIPPET_SOURCE: Final = 20_000
"""Characters of a text that are looked at for its beginning."""


class Nature(Enum):
    """What a message is: written by a person, an automatic reply, or the report of a failed delivery."""

    WRITTEN = "written"
    AUTO_REPLY = "automatic reply"
    BOUNCE = "bounce"


def believable(moment: datetime | None) -> datetime | None:
    """Return the time if mail can be of it: from the year 1000 to a day from now."""
    latest = datetime.now(UTC) + timedelta(days=1)
    return moment if moment is not None and _EARLIEST <= moment < latest else None


def parsed(message: bytes | Message) -> Message:
    """Return the message, parsed if it is not; one that is nested too deeply has its body as one text."""
    if isinstance(message, Message):
        return message
    if not isinstance(message, bytes):
        raise InvalidInput("message", f"bytes or a Message is expected, not {type(message).__name__}")
    try:
        return message_from_bytes(message)
    except RecursionError:
        return BytesHeaderParser().parsebytes(message)


@frozen
class Reading:
    """What a message says, as text that can be stored."""

    message: Message
    charset: str
    headers: dict[str, list[str]] = field(repr=False)

    @classmethod
    def of(cls, message: Message) -> Reading:
        """Read the message's headers; raw, because the parsed ones of a broken header raise."""
        headers: dict[str, list[str]] = {}
        for name, value in message.raw_items():
            headers.setdefault(name.lower(), []).append(str(value))
        charset = _charset(message) or next(filter(None, map(_charset, _parts(message))), "")
        return cls(message, charset, headers)

    def header(self, *names: str) -> str:
        """Return the first header of these names that is there and not empty, as text."""
        texts = (header_text(value, self.charset) for name in names for value in self.headers.get(name, ()))
        return next(filter(None, texts), "")

    def people(self, *names: str) -> list[Address]:
        """Return the addresses in all headers of these names, each once."""
        values = (value for name in names for value in self.headers.get(name, ()))
        return list(dict.fromkeys(found for value in values for found in addresses(value, self.charset)))

    @property
    def senders(self) -> list[Address]:
        """Whom it is from."""
        return self.people("from") or self.people("sender") or self.people("return-path")

    @property
    def recipients(self) -> list[Address]:
        """Whom it is to, openly."""
        return self.people("to", "cc")

    @property
    def message_id(self) -> str:
        """Its own id without brackets, or an empty text."""
        written = self.header("message-id")
        return next(_ids(written), written)

    @property
    def answered_id(self) -> str:
        """The id of the message that it answers, or an empty text."""
        return next(_ids(self.header("in-reply-to")), "") or next(reversed(list(_ids(self.header("references")))), "")

    @property
    def conversation(self) -> str:
        """The id of the message that began it: of References, else of In-Reply-To, else its own."""
        earlier = (next(_ids(self.header(name)), "") for name in ("references", "in-reply-to"))
        return next(filter(None, earlier), self.message_id)

    @property
    def written_at(self) -> datetime | None:
        """When it was written, if its date can be believed."""
        return next(filter(None, (believable(_time(header_text(date))) for date in self.headers.get("date", ()))), None)

    @property
    def received_at(self) -> datetime | None:
        """When it was last received: hosts put their line above those of the hosts before."""
        dates = (value.rpartition(";")[2] for value in self.headers.get("received", ()))
        return next(filter(None, (believable(_time(header_text(date))) for date in dates)), None)

    @property
    def nature(self) -> Nature:
        """Whether a person wrote it, by RFC 3834 and RFC 3464 and by what common servers write."""
        if self._failed():
            return Nature.BOUNCE
        submitted = self.header("auto-submitted").partition(";")[0].strip().lower()
        generated_answer = submitted == "auto-generated" and bool(self.header("in-reply-to"))
        old_style = self.header("precedence").lower() == "auto_reply" or self.header("x-autoreply", "x-autorespond")
        automatic = submitted == "auto-replied" or generated_answer or old_style
        return Nature.AUTO_REPLY if automatic or self._is_report() else Nature.WRITTEN

    def _is_report(self) -> bool:
        report = str(self.message.get_param("report-type", "")).lower() == "delivery-status"
        return report and self.message.get_content_type() == "multipart/report"

    def _failed(self) -> bool:
        if self.header("x-failed-recipients"):
            return True
        if not self._is_report():
            return False
        actions = [action.lower() for action in self.report("action")]
        return "failed" in actions or not actions

    def report(self, field: str) -> list[str]:
        """Return the values of a field in the parts of a delivery report, of each recipient one."""
        written = (header_text(str(part.get(field, "")), self.charset) for part in self.parts())
        return [text for value in written if (text := " ".join(value.split()))]

    def parts(self) -> Iterator[Message]:
        """Give the message and all its parts, the outer ones first."""
        return _parts(self.message)

    def payload(self, part: Message) -> bytes:
        """Return the content of a part; of one with parts nothing."""
        return _payload(part)

    @property
    def texts(self) -> Iterator[tuple[str, str]]:
        """Its texts, each with its content type; a body whose structure is broken is one too."""
        for part in _parts(self.message):
            if not part.is_multipart() and part.get_content_maintype() in ("text", "multipart"):
                yield part.get_content_type(), _payload_text(part, self.charset)

    def snippet(self, length: int) -> str:
        """Return the beginning of its text, on one line."""
        texts = [(kind, text) for kind, text in self.texts if text.strip()]
        plain = next((text for kind, text in texts if kind != "text/html"), None)
        if plain is None:
            plain = plain_text(texts[0][1][:_SNIPPET_SOURCE]) if texts else ""
        return " ".join(plain[:_SNIPPET_SOURCE].split())[:length]

    def digest(self) -> str:
        """Return a digest of sender, date, subject and text, however it was folded, wrapped or transported."""
        parts = [self.header(name) for name in ("from", "date", "subject")]
        bodies = [_normalised(text) for _, text in self.texts]
        bodies = bodies or [sha256(_payload(part)).hexdigest() for part in _parts(self.message)]
        return sha256("\0".join([*parts, *bodies]).encode()).hexdigest()[:32]


def _parts(message: Message) -> Iterator[Message]:
    """Give the message and all its parts, as ``walk`` does, however deep they lie."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.is_multipart():
            inner: Any = part.get_payload()
            waiting += reversed(inner)


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset() or ""
    except (LookupError, ValueError):
        return ""


def _payload(part: Message) -> bytes:
    content: Any = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _payload_text(part: Message, charset: str) -> str:
    return decoded(_payload(part), _charset(part) or charset)


def _normalised(text: str) -> str:
    return _QUOTED_FROM.sub("", "\n".join(line.rstrip() for line in text.splitlines())).strip()


def _ids(text: str) -> Iterator[str]:
    return (found[1].strip() for found in _ID.finditer(text))


def _time(written: str) -> datetime | None:
    try:
        time = parsedate_to_datetime(written)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
