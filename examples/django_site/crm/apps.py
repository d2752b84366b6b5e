"""The app of the contacts, companies, invoices and mail."""

from __future__ import annotations

from django.apps import AppConfig

from activitylog import signals


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = "Kontor"

    def ready(self) -> None:
        from crm.teams import refuse_contacts_of_others

        signals.recording.connect(refuse_contacts_of_others)
