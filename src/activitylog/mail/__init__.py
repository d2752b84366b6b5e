"""Mail as activities: one message in, one draft out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from email.message import Message
from typing import Final

from activitylog.actors import Actor
from activitylog.draft import Draft
from activitylog.errors import InvalidInput
from activitylog.limits import IDENTIFIER, LABEL, SUBJECTS_MAX, shortened
from activitylog.mail.addresses import Address
from activitylog.mail.delivery import Delivery, delivery_from
from activitylog.mail.reading import Nature, Reading, believable, parsed
from activitylog.mail.text import identifier
from activitylog.refs import Ref, RefLike
from activitylog.standard.mail import Mail, MailAutoReplied, MailBounced, MailReceived, MailSent

__all__ = ["Delivery", "delivery_from", "draft_from"]

_SNIPPET: Final = 200
"""Characters of the text that data keeps."""
_SUBJECT: Final = 100_000
_MESSAGE_ID: Final = 2_000
_RECIPIENTS: Final = 2_000
"""More than a mail server accepts; what only an attack exceeds must not exceed an entry."""


def draft_from(
    message: bytes | Message,
    *,
    own: str | Iterable[str],
    contact: Callable[[str, str], RefLike | None] | None = None,
    fallback_at: datetime | None = None,
) -> Draft:
    """Return the draft of a message; recording it twice, or a copy of the message, makes one activity.

    Its subjects are the contacts that it is from and to (the first 500), its type one of ``standard``'s
    ``mail.received``, ``mail.sent``, ``mail.auto_replied`` and ``mail.bounced``. It occurred at the message's date;
    without a believable one (from the year 1000 to a day from now) when it was last received. What is broken in the
    message is left out or shown as U+FFFD, and never an error.

    Args:
        message: as it was transferred, or parsed.
        own: one or several addresses of the host's: mail from these is outgoing, and they are no contacts.
        contact: gives for an address (in lower case) and a name whom it belongs to, or None for nobody known; by
            default ``Ref("address", address, name)``. Where nobody is known, the subjects are the own addresses.
        fallback_at: when it occurred if the message does not tell, by default now.

    Raises:
        InvalidInput: ``own`` is empty, or holds what is no address.
    """
    owned = _owned(own)
    reading = Reading.of(parsed(message))
    senders, recipients = reading.senders, reading.recipients
    resolve = contact or _address_ref
    people = dict.fromkeys([*senders, *recipients])
    known = {person: resolve(person.address, person.name) for person in people if person.address not in owned}
    subjects = [ref for ref in known.values() if ref is not None]
    outgoing = bool(senders) and senders[0].address in owned
    subject = reading.header("subject")
    data = _data_class(reading.nature, outgoing=outgoing)(
        subject=shortened(subject, _SUBJECT),
        sender=shortened(senders[0].address, LABEL) if senders else "",
        recipients=tuple(shortened(person.address, LABEL) for person in recipients[:_RECIPIENTS]),
        snippet=reading.snippet(_SNIPPET),
        message_id=shortened(reading.message_id, _MESSAGE_ID),
        written_date="" if reading.written_at else shortened(reading.header("date"), LABEL),
    )
    return Draft(
        data,
        *(subjects or _own_refs(people, owned))[:SUBJECTS_MAX],
        title=shortened(subject, LABEL),
        occurred_at=reading.written_at or reading.received_at or believable(fallback_at),
        status="sent" if isinstance(data, MailSent) else "",
        source=Ref("mail", identifier(reading.message_id)) if reading.message_id else None,
        conversation=identifier(reading.conversation),
        actor=_actor(senders, known, outgoing=outgoing),
        idempotency_key=_key(reading),
        on_repeat="first",
    )


def _owned(own: str | Iterable[str]) -> dict[str, None]:
    listed = [own] if isinstance(own, str) else list(own)
    found = dict.fromkeys(address.strip().lower() for address in listed)
    if not found or not all("@" in address for address in found):
        raise InvalidInput("own", "name addresses of your own, such as me@example.com: by them, incoming is told")
    return found


def _key(reading: Reading) -> str:
    """The id alone is not enough: senders give one id to different messages, and some give none."""
    digest = reading.digest()
    return f"mail:{identifier(reading.message_id, IDENTIFIER - len(digest) - 6)}:{digest}"


def _address_ref(address: str, name: str) -> Ref:
    return Ref("address", identifier(address), shortened(name, LABEL))


def _own_refs(people: Iterable[Address], owned: Collection[str]) -> list[RefLike]:
    concerned = [person for person in people if person.address in owned] or [Address(next(iter(owned)))]
    return [_address_ref(person.address, person.name) for person in concerned]


def _data_class(nature: Nature, *, outgoing: bool) -> type[Mail]:
    match nature:
        case Nature.BOUNCE:
            return MailBounced
        case Nature.AUTO_REPLY:
            return MailAutoReplied
        case Nature.WRITTEN:
            return MailSent if outgoing else MailReceived


def _actor(senders: list[Address], known: dict[Address, RefLike | None], *, outgoing: bool) -> Actor:
    if not senders:
        return Actor.anonymous()
    ref = known.get(senders[0])
    who = Ref.of(ref) if ref is not None else _address_ref(senders[0].address, senders[0].name)
    return Actor.user(who) if outgoing else Actor.customer(who)
