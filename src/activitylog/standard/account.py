"""The customer's account and subscriptions, files, and exports to other systems."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from attrs import frozen

from activitylog.types import TypeRegistry

__all__ = [
    "AccountBlocked",
    "AccountCreated",
    "CrmExported",
    "FileUploaded",
    "SubscriptionCancelled",
    "SubscriptionCreated",
    "SubscriptionRenewed",
    "account_types",
]

account_types: Final = TypeRegistry()
"""``account.*``, ``subscription.*``, ``file.*``, ``crm.*``, ``mailbox.*``."""


@account_types.activity(
    "account.created",
    category="account",
    icon="user-plus",
    label={"en": "Online account created", "de": "Online-Konto angelegt"},
)
@frozen(kw_only=True)
class AccountCreated:
    """The customer has an online account, under this login name."""

    login: str = ""


@account_types.activity(
    "account.blocked",
    category="account",
    icon="lock",
    label={"en": "Account blocked", "de": "Konto gesperrt"},
)
@frozen(kw_only=True)
class AccountBlocked:
    """Nobody can sign in until the account is activated again; ``reason`` says why."""

    reason: str = ""


account_types.define(
    "account.deactivated",
    category="account",
    icon="user-x",
    label={"en": "Account deactivated", "de": "Konto deaktiviert"},
)
account_types.define(
    "account.activated",
    category="account",
    icon="user-check",
    label={"en": "Account activated", "de": "Konto aktiviert"},
)
account_types.define(
    "mailbox.used",
    category="account",
    channel="email",
    icon="inbox",
    label={"en": "Mailbox activity", "de": "Postfachaktivität"},
)


@account_types.activity(
    "subscription.created",
    category="subscription",
    icon="repeat",
    label={"en": "Subscription created", "de": "Abonnement angelegt"},
    summary={"en": "Subscription {plan} created", "de": "Abonnement {plan} angelegt"},
)
@frozen(kw_only=True)
class SubscriptionCreated:
    """A subscription to this plan; ``price`` is that of one period."""

    plan: str
    price: Decimal | None = None
    currency: str = ""
    begins: date | None = None


@account_types.activity(
    "subscription.renewed",
    category="subscription",
    icon="refresh-cw",
    label={"en": "Subscription renewed", "de": "Abonnement verlängert"},
    summary={"en": "Subscription {plan} renewed", "de": "Abonnement {plan} verlängert"},
)
@frozen(kw_only=True)
class SubscriptionRenewed:
    """A subscription goes on."""

    plan: str
    until: date | None = None


@account_types.activity(
    "subscription.cancelled",
    category="subscription",
    icon="circle-x",
    label={"en": "Subscription cancelled", "de": "Abonnement gekündigt"},
    summary={"en": "Subscription {plan} cancelled", "de": "Abonnement {plan} gekündigt"},
)
@frozen(kw_only=True)
class SubscriptionCancelled:
    """A subscription ends, on the day that ``ends`` names."""

    plan: str
    ends: date | None = None
    reason: str = ""


@account_types.activity(
    "file.uploaded",
    category="file",
    icon="file-up",
    label={"en": "File uploaded", "de": "Datei hochgeladen"},
    summary={"en": "File {name} uploaded", "de": "Datei {name} hochgeladen"},
)
@frozen(kw_only=True)
class FileUploaded:
    """A file came into the host's own storage; ``size`` counts bytes."""

    name: str
    size: int | None = None
    media_type: str = ""


@account_types.activity(
    "crm.exported",
    category="export",
    icon="share",
    label={"en": "CRM export", "de": "CRM-Export"},
    summary={"en": "Exported to {target}", "de": "Exportiert nach {target}"},
)
@frozen(kw_only=True)
class CrmExported:
    """The profile went to another system."""

    target: str
