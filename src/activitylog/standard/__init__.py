"""Activity types that many hosts share, in English and German: take them over by ``TypeRegistry(standard.types)``.

``types`` holds them all; ``override`` changes what does not suit. Events of the host's own systems have typed data;
what people write themselves are single nouns, whose data is any JSON object.
"""

from activitylog.standard.account import (
    AccountBlocked,
    AccountCreated,
    CrmExported,
    FileUploaded,
    SubscriptionCancelled,
    SubscriptionCreated,
    SubscriptionRenewed,
    account_types,
)
from activitylog.standard.conversation import (
    ChatEnded,
    ChatReceived,
    ChatSent,
    ChatStarted,
    TicketAnswered,
    TicketClosed,
    TicketOpened,
    WidgetOpened,
    WidgetSubmitted,
    conversation_types,
)
from activitylog.standard.development import CommitMade, development_types
from activitylog.standard.mail import Mail, MailAutoReplied, MailBounced, MailReceived, MailSent, mail_types
from activitylog.standard.manual import manual_types
from activitylog.standard.sales import (
    BookingCancelled,
    BookingMade,
    CreditNoteIssued,
    InvoiceCreated,
    InvoicePaid,
    InvoiceSent,
    OrderPlaced,
    StayEnded,
    sales_types,
)
from activitylog.standard.sections import sections
from activitylog.types import TypeRegistry

__all__ = [
    "AccountBlocked",
    "AccountCreated",
    "BookingCancelled",
    "BookingMade",
    "ChatEnded",
    "ChatReceived",
    "ChatSent",
    "ChatStarted",
    "CommitMade",
    "CreditNoteIssued",
    "CrmExported",
    "FileUploaded",
    "InvoiceCreated",
    "InvoicePaid",
    "InvoiceSent",
    "Mail",
    "MailAutoReplied",
    "MailBounced",
    "MailReceived",
    "MailSent",
    "OrderPlaced",
    "StayEnded",
    "SubscriptionCancelled",
    "SubscriptionCreated",
    "SubscriptionRenewed",
    "TicketAnswered",
    "TicketClosed",
    "TicketOpened",
    "WidgetOpened",
    "WidgetSubmitted",
    "sections",
    "types",
]

types = TypeRegistry(manual_types, mail_types, conversation_types, sales_types, account_types, development_types)
