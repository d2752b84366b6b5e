"""django-auditlog: entries by its manager, for what is no change of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.timezone import now

from activitylog import Ref
from benchmarks.contender import PAGE, Contender, Read
from benchmarks.facts import KIM, LEA, SILENT, Fact
from benchmarks.host import project

__all__ = ["AuditLog"]


class AuditLog(Contender):
    """One entry by ``log_create``, many by ``bulk_create``, pages by ``get_for_object`` with the actor."""

    def __init__(self, url: str) -> None:
        project.begin(url, "auditlog")
        from auditlog.models import LogEntry
        from django.contrib.auth.models import User
        from django.contrib.contenttypes.models import ContentType

        from benchmarks.host.models import Contact

        project.make_tables()
        self._contact, self._entry = Contact, LogEntry
        self._user = User.objects.create(pk=int(LEA.ref.id), username=LEA.label)
        for each in (KIM, SILENT):
            Contact.objects.create(pk=int(each.id), name=each.label)
        self._type = ContentType.objects.get_for_model(Contact)

    def prepared(self, fact: Fact) -> tuple[Any, Fact]:
        [subject] = fact.subjects
        return self._contact(pk=int(subject.id), name=subject.label), fact

    def record(self, fact: tuple[Any, Fact]) -> None:
        contact, told = fact
        self._entry.objects.log_create(
            contact,
            force_log=True,
            action=self._entry.Action.ACCESS,
            actor=self._user,
            additional_data={"type": told.type, "note": told.note},
        )

    def record_many(self, facts: Sequence[tuple[Any, Fact]]) -> None:
        self._entry.objects.bulk_create(
            self._entry(
                content_type=self._type,
                object_pk=contact.pk,
                object_id=contact.pk,
                object_repr=str(contact),
                action=self._entry.Action.ACCESS,
                actor=self._user,
                timestamp=told.at or now(),
                additional_data={"type": told.type, "note": told.note},
            )
            for contact, told in facts
        )

    def page(self, subject: Ref, number: int) -> Read:
        contact = self._contact.objects.get(pk=int(subject.id))
        start = (number - 1) * PAGE
        found = self._entry.objects
        return lambda: list(found.get_for_object(contact).select_related("actor")[start : start + PAGE])

    def close(self) -> None:
        from django.db import connection

        connection.close()
