"""django-pghistory: a trigger of PostgreSQL writes an event for each row of a model, which is what is written here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from activitylog import Ref
from benchmarks.contender import Contender, Read
from benchmarks.facts import Fact
from benchmarks.host import project

__all__ = ["PgHistory"]


class PgHistory(Contender):
    """Rows of the model by ``bulk_create``, and their events by the trigger."""

    def __init__(self, url: str) -> None:
        project.begin(url, "pgtrigger", "pghistory")
        from benchmarks.tracking.contact_by_pghistory import TrackedContact, install

        project.make_tables()
        install()
        self._contact = TrackedContact

    def prepared(self, fact: Fact) -> Any:
        return self._contact(name=fact.subjects[0].label, city=fact.note)

    def record(self, fact: Any) -> None:
        fact.save()

    def record_many(self, facts: Sequence[Any]) -> None:
        self._contact.objects.bulk_create(facts)

    def page(self, subject: Ref, number: int) -> Read:
        raise LookupError("events of one row are not a timeline")

    def close(self) -> None:
        from django.db import connection

        connection.close()
