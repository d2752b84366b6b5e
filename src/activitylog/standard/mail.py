"""E-mail: received, sent with its delivery as a status, and what machines answer."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from activitylog.statuses import Status
from activitylog.types import TypeRegistry

__all__ = ["Mail", "MailAutoReplied", "MailBounced", "MailReceived", "MailSent", "mail_types"]

mail_types: Final = TypeRegistry()
"""``mail.*``; automatic replies and bounces have no direction, because nobody answers and nobody is answered."""


@frozen(kw_only=True)
class Mail:
    """One message.

    Attributes:
        subject: the whole subject; the entry's title is it, shortened to 500 bytes.
        sender: the address it is from.
        recipients: the addresses it is openly to.
        snippet: the beginning of its text.
        message_id: its own id, without brackets.
        written_date: its date as it was written, where that could not be used.
    """

    subject: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    snippet: str = ""
    message_id: str = ""
    written_date: str = ""


@mail_types.activity(
    "mail.received",
    category="communication",
    channel="email",
    direction="incoming",
    icon="mail",
    label={"en": "E-mail received", "de": "E-Mail erhalten"},
)
@frozen(kw_only=True)
class MailReceived(Mail):
    """A message from somebody else."""


@mail_types.activity(
    "mail.sent",
    category="communication",
    channel="email",
    direction="outgoing",
    icon="send",
    statuses={
        "draft": Status({"en": "Draft", "de": "Entwurf"}),
        "queued": Status({"en": "Queued", "de": "In der Warteschlange"}),
        "sent": Status({"en": "Sent", "de": "Gesendet"}),
        "failed": Status({"en": "Failed", "de": "Fehlgeschlagen"}),
        "delivered": Status({"en": "Delivered", "de": "Zugestellt"}, final=True),
    },
    label={"en": "E-mail sent", "de": "E-Mail gesendet"},
)
@frozen(kw_only=True)
class MailSent(Mail):
    """A message of the host's own; its delivery is its status."""


@mail_types.activity(
    "mail.auto_replied",
    category="communication",
    channel="email",
    icon="bot",
    label={"en": "Automatic reply", "de": "Automatische Antwort"},
)
@frozen(kw_only=True)
class MailAutoReplied(Mail):
    """An answer that no person wrote, such as an out-of-office note."""


@mail_types.activity(
    "mail.bounced",
    category="communication",
    channel="email",
    icon="mail-x",
    label={"en": "E-mail returned", "de": "E-Mail unzustellbar"},
)
@frozen(kw_only=True)
class MailBounced(Mail):
    """The report that a message could not be delivered."""
