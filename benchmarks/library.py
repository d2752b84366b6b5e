"""The library as a contender, as a host uses it: a scope, and a receiver of its signal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import cache
from itertools import islice

from uuid_utils.compat import uuid7

from activitylog import ActivityLog, Draft, Ref, TypeRegistry, scope, signals
from activitylog.storage import Mention, Record
from activitylog.words import stored_words
from benchmarks.contender import PAGE, Contender, Read
from benchmarks.facts import LEA, START, TENANT, Fact

__all__ = ["Library", "record_of", "types"]

_LOADED = 1_000
_words = cache(lambda note: stored_words([note]))


def types() -> TypeRegistry:
    """Declare manual types without data, as most entries are."""
    found = TypeRegistry()
    found.define("call", category="communication", channel="phone", manual=True)
    found.define("task", category="task", statuses=("open", "done"), manual=True)
    return found


class Library(Contender):
    """The whole path: validation, scope, signal, decoded activities."""

    def __init__(self, url: str) -> None:
        self.log = ActivityLog(url, types=types())
        self.log.migrate()
        signals.recorded.connect(_receive, sender=self.log)
        self._scopes = ExitStack()
        self._scopes.enter_context(scope(actor=LEA, tenant=TENANT))

    def record(self, fact: Fact) -> None:
        self.log.record(fact.type, *fact.subjects, note=fact.note, idempotency_key=fact.key)

    def record_many(self, facts: Sequence[Fact]) -> None:
        self.log.record_many([Draft(fact.type, *fact.subjects, note=fact.note) for fact in facts])

    def load(self, facts: Iterable[Fact]) -> None:
        """Import the facts, past the checks of a batch."""
        records = map(record_of, facts)
        while chunk := list(islice(records, _LOADED)):
            self.log.storage.load([(record, ()) for record in chunk])

    def page(self, subject: Ref, number: int) -> Read:
        timeline = self.log.timeline(subject)
        token = None
        skipped = (number - 1) * PAGE
        while skipped:
            found = timeline.page(min(skipped, 1000), after=token)
            token, skipped = found.next, skipped - len(found.items)
        return lambda: timeline.page(PAGE, after=token).items

    def close(self) -> None:
        self._scopes.close()
        self.log.close()


def record_of(fact: Fact) -> Record:
    """Return the record that the library writes of a fact."""
    at = fact.at or START
    return Record(
        id=uuid7(),
        tenant=TENANT,
        type=fact.type,
        category="communication",
        channel="phone",
        occurred_at=at,
        recorded_at=at,
        actor=Mention(str(fact.actor.ref), fact.actor.label, fact.actor.kind),
        readers=("*",),
        editors=("*",),
        links=tuple(Mention(str(subject), subject.label, "subject") for subject in fact.subjects),
        note=fact.note,
        words=_words(fact.note),
        idempotency_key=fact.key,
    )


def _receive(_: object, activities: object) -> None:
    """Stand for the host's receiver."""
