"""eventsourcing: a log of events for each subject, by its ``EventSourcedLog``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application, EventSourcedLog
from eventsourcing.domain import DomainEvent
from sqlalchemy import make_url

from activitylog import Ref
from benchmarks.contender import PAGE, Contender, Read
from benchmarks.facts import TENANT, Fact

__all__ = ["EventSourcing"]


class Recorded(DomainEvent):
    """What happened."""

    tenant: str
    subject: str
    subject_label: str
    type: str
    actor: str
    actor_label: str
    occurred_at: str
    note: str


class EventSourcing(Contender):
    """An application whose logs are numbered by their last event, which is read first, as the package does it."""

    def __init__(self, url: str) -> None:
        self._application: Application[UUID] = Application(env=_environment(url))
        if synchronous := make_url(url).query.get("synchronous"):
            pool = self._application.factory.datastore.pool  # type: ignore[attr-defined]
            connection = pool.get_connection(is_writer=True)
            connection.cursor().execute(f"PRAGMA synchronous = {synchronous}")
            pool.put_connection(connection)  # the one that this thread gets each time

    def record(self, fact: Fact) -> None:
        self._application.save(self._log(fact.subjects[0]).trigger_event(**_values(fact)))

    def record_many(self, facts: Sequence[Fact]) -> None:
        self._save(facts, {})

    def load(self, facts: Iterable[Fact]) -> None:
        """Number the events without looking into the database again: nobody else writes."""
        facts, versions = iter(facts), dict[Ref, int]()
        while chunk := list(islice(facts, self.chunk)):
            self._save(chunk, versions)

    def _save(self, facts: Sequence[Fact], versions: dict[Ref, int]) -> None:
        events = []
        for fact in facts:
            [subject] = fact.subjects
            log = self._log(subject)
            if subject not in versions:
                last = log.get_last()
                versions[subject] = last.originator_version if last else 0
            versions[subject] += 1
            events.append(log.trigger_event(next_originator_version=versions[subject], **_values(fact)))
        self._application.save(*events)

    def page(self, subject: Ref, number: int) -> Read:
        log = self._log(subject)
        last = log.get_last()
        upto = last.originator_version - (number - 1) * PAGE if last else 0
        return lambda: list(log.get(lte=upto, desc=True, limit=PAGE))

    def _log(self, subject: Ref) -> EventSourcedLog[Recorded]:
        return EventSourcedLog(self._application.events, uuid5(NAMESPACE_URL, str(subject)), Recorded)

    def close(self) -> None:
        self._application.close()


def _values(fact: Fact) -> dict[str, str]:
    [subject] = fact.subjects
    return {
        "tenant": TENANT,
        "subject": str(subject),
        "subject_label": subject.label,
        "type": fact.type,
        "actor": str(fact.actor.ref),
        "actor_label": fact.actor.label,
        "occurred_at": fact.at.isoformat() if fact.at else "",
        "note": fact.note,
    }


def _environment(url: str) -> dict[str, Any]:
    parts = make_url(url)
    if parts.drivername == "sqlite":
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": parts.database}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.database,
        "POSTGRES_HOST": parts.host or parts.query["host"],
        "POSTGRES_PORT": str(parts.port or 5432),
        "POSTGRES_USER": parts.username or "postgres",
        "POSTGRES_PASSWORD": parts.password or "none",
        # one statement for many events: the pipeline that is the default hangs with 10,000 of them
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
    }
