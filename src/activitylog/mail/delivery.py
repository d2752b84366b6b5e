"""What mail servers report of a message of one's own: that it arrived, or that it could not be delivered (RFC 3464)."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesHeaderParser
from typing import Final

from attrs import frozen

from activitylog.limits import COMMENT, shortened
from activitylog.mail.reading import Nature, Reading, parsed
from activitylog.mail.text import identifier
from activitylog.refs import Ref

__all__ = ["Delivery", "delivery_from"]

_DELIVERED: Final = "delivered"
_RETURNED: Final = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")


@frozen
class Delivery:
    """What became of a message.

    Attributes:
        source: the message, as ``draft_from`` names it: ``log.timeline(source)`` finds its entry.
        status: ``delivered`` or ``failed``, statuses of ``standard``'s ``mail.sent``.
        reason: what the server says, such as ``smtp; 550 5.1.1 unknown user``; often empty.
    """

    source: Ref
    status: str
    reason: str = ""


def delivery_from(message: bytes | Message) -> Delivery | None:
    """Return what a message reports of the delivery of another; None where it reports none, or does not say of which.

    That a message is late, or was passed on to somewhere else, is no end of its delivery. Of several recipients one
    that failed makes it ``failed``.
    """
    reading = Reading.of(parsed(message))
    status = _status(reading)
    returned = _returned_id(reading) if status else ""
    if not returned:
        return None
    return Delivery(Ref("mail", identifier(returned)), status, shortened(_reason(reading), COMMENT))


def _status(reading: Reading) -> str:
    if reading.nature is Nature.BOUNCE:
        return "failed"
    actions = [action.lower() for action in reading.report("action")]
    return _DELIVERED if actions and all(action == _DELIVERED for action in actions) else ""


def _returned_id(reading: Reading) -> str:
    """Return the id of the message that is sent back with the report; else the one that the report answers."""
    for part in reading.parts():
        if part.get_content_type() in _RETURNED:
            inner = (
                next(iter(part.get_payload()), None)
                if part.is_multipart()
                else BytesHeaderParser().parsebytes(reading.payload(part))
            )
            if isinstance(inner, Message) and (found := Reading.of(inner).message_id):
                return found
    return reading.answered_id


def _reason(reading: Reading) -> str:
    return "; ".join(dict.fromkeys(reading.report("diagnostic-code") or reading.report("status")))
