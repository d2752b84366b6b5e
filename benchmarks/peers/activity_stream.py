"""django-activity-stream: actions whose target is the contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.timezone import now

from activitylog import Ref
from benchmarks.contender import PAGE, Contender, Read
from benchmarks.facts import KIM, LEA, SILENT, Fact
from benchmarks.host import project

__all__ = ["ActivityStream"]


class ActivityStream(Contender):
    """One action by the signal ``action``, many by ``bulk_create``, pages by the stream of a target."""

    def __init__(self, url: str) -> None:
        project.begin(url, "actstream")
        from actstream import registry
        from actstream.actions import action_handler
        from actstream.models import Action, target_stream
        from actstream.signals import action
        from django.contrib.auth.models import User
        from django.contrib.contenttypes.models import ContentType

        from benchmarks.host.models import Contact

        project.make_tables()
        registry.register(User, Contact)
        self._contact, self._action, self._stream, self._send = Contact, Action, target_stream, action.send
        self._handler = action_handler  # the signal holds it by a weak reference
        self._user = User.objects.create(pk=int(LEA.ref.id), username=LEA.label)
        for each in (KIM, SILENT):
            Contact.objects.create(pk=int(each.id), name=each.label)
        self._types = {model: ContentType.objects.get_for_model(model) for model in (User, Contact)}

    def prepared(self, fact: Fact) -> tuple[Any, Fact]:
        [subject] = fact.subjects
        return self._contact(pk=int(subject.id), name=subject.label), fact

    def record(self, fact: tuple[Any, Fact]) -> None:
        contact, told = fact
        self._send(self._user, verb=told.type, target=contact, description=told.note)

    def record_many(self, facts: Sequence[tuple[Any, Fact]]) -> None:
        actor, target = (self._types[type(each)] for each in (self._user, facts[0][0]))
        self._action.objects.bulk_create(
            self._action(
                actor_content_type=actor,
                actor_object_id=self._user.pk,
                verb=told.type,
                target_content_type=target,
                target_object_id=contact.pk,
                description=told.note,
                timestamp=told.at or now(),
            )
            for contact, told in facts
        )

    def page(self, subject: Ref, number: int) -> Read:
        contact = self._contact.objects.get(pk=int(subject.id))
        start = (number - 1) * PAGE
        return lambda: list(self._stream(contact)[start : start + PAGE])

    def close(self) -> None:
        from django.db import connection

        connection.close()
