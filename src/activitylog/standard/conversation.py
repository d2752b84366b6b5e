"""Support: chats, tickets, and the widget on the host's pages."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from activitylog.types import TypeRegistry

__all__ = [
    "ChatEnded",
    "ChatReceived",
    "ChatSent",
    "ChatStarted",
    "TicketAnswered",
    "TicketClosed",
    "TicketOpened",
    "WidgetOpened",
    "WidgetSubmitted",
    "conversation_types",
]

conversation_types: Final = TypeRegistry()
"""``chat.*``, ``ticket.*``, ``widget.*``."""


@conversation_types.activity(
    "chat.started",
    category="communication",
    channel="chat",
    icon="message-circle",
    label={"en": "Chat started", "de": "Chat begonnen"},
)
@frozen(kw_only=True)
class ChatStarted:
    """A visitor opened a chat on this page."""

    page: str = ""


@conversation_types.activity(
    "chat.received",
    category="communication",
    channel="chat",
    direction="incoming",
    icon="message-circle",
    label={"en": "Chat message received", "de": "Chatnachricht erhalten"},
)
@frozen(kw_only=True)
class ChatReceived:
    """A message of the visitor's."""

    text: str


@conversation_types.activity(
    "chat.sent",
    category="communication",
    channel="chat",
    direction="outgoing",
    icon="message-circle-reply",
    label={"en": "Chat message sent", "de": "Chatnachricht gesendet"},
)
@frozen(kw_only=True)
class ChatSent:
    """A message to the visitor."""

    text: str


@conversation_types.activity(
    "chat.ended",
    category="communication",
    channel="chat",
    icon="message-circle-off",
    label={"en": "Chat ended", "de": "Chat beendet"},
)
@frozen(kw_only=True)
class ChatEnded:
    """The chat was closed; ``rating`` is the visitor's, from 1 to 5, or None."""

    rating: int | None = None


@conversation_types.activity(
    "ticket.opened",
    category="support",
    channel="ticket",
    direction="incoming",
    icon="ticket",
    label={"en": "Ticket opened", "de": "Ticket eröffnet"},
    summary={"en": "Ticket {number} opened", "de": "Ticket {number} eröffnet"},
)
@frozen(kw_only=True)
class TicketOpened:
    """A request was filed under this number."""

    number: str
    priority: str = ""


@conversation_types.activity(
    "ticket.answered",
    category="support",
    channel="ticket",
    direction="outgoing",
    icon="ticket-check",
    label={"en": "Ticket answered", "de": "Ticket beantwortet"},
    summary={"en": "Ticket {number} answered", "de": "Ticket {number} beantwortet"},
)
@frozen(kw_only=True)
class TicketAnswered:
    """The request was answered."""

    number: str


@conversation_types.activity(
    "ticket.closed",
    category="support",
    channel="ticket",
    icon="ticket-x",
    label={"en": "Ticket closed", "de": "Ticket geschlossen"},
    summary={"en": "Ticket {number} closed", "de": "Ticket {number} geschlossen"},
)
@frozen(kw_only=True)
class TicketClosed:
    """The request is done; ``resolution`` says how."""

    number: str
    resolution: str = ""


@conversation_types.activity(
    "widget.opened",
    category="support",
    channel="widget",
    icon="panel-bottom-open",
    label={"en": "Widget opened", "de": "Widget geöffnet"},
)
@frozen(kw_only=True)
class WidgetOpened:
    """A visitor opened the widget on this page."""

    page: str = ""


@conversation_types.activity(
    "widget.submitted",
    category="support",
    channel="widget",
    direction="incoming",
    icon="panel-bottom",
    label={"en": "Widget form sent", "de": "Widget-Formular gesendet"},
)
@frozen(kw_only=True)
class WidgetSubmitted:
    """A visitor sent the widget's form from this page."""

    page: str = ""
    text: str = ""
