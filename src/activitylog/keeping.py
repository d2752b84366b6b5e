"""How long entries are kept: what a tenant's rules and the types say together, and what is held.

A hold comes before everything, then the time that an entry has of its own (its template's, once it is written), then
the tenant's rule for its type, then the type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypedDict

from attrs import frozen

from activitylog.documents import Documents, documents_of
from activitylog.holds import holds_of, on_hold
from activitylog.payload import decoded, encoded
from activitylog.remembered import Remembered
from activitylog.storage import ABSENT, NEVER, And, Between, Document, Field, In, Not, Or, Record, Where
from activitylog.times import EARLIEST, MILLISECOND, truncated
from activitylog.types import ActivityType

__all__ = ["RULE", "Ages", "Keeping", "Keepings", "Reason", "Term", "Terms", "ages_body", "ages_of", "stored_keeping"]

RULE: Final = "retention"
"""The kind of the documents, named by a type, whose bodies have the ages that a tenant's rule names."""

Reason = Literal["entry", "tenant", "type", "keep"]
"""Why something is archived or purged: the entry's own time, the tenant's rule, its type; or newer ones are enough."""


class Ages(TypedDict, total=False):
    """What a rule can say of a type; None is never, or all, and what is not named is as the type says."""

    archive_after: timedelta | None
    purge_after: timedelta | None
    keep: int | None


def ages_body(ages: Ages) -> str:
    """Return the body of the document of a rule; ages as days, seconds and microseconds."""
    return encoded({name: _parts(value) for name, value in ages.items()})


def ages_of(document: Document) -> Ages:
    """Return what the document of a rule says."""
    found: Any = decoded(document.body or "{}")
    return {name: timedelta(*value) if isinstance(value, list) else value for name, value in found.items()}  # type: ignore[return-value] # the names are those of Ages


def _parts(value: Any) -> Any:
    return [value.days, value.seconds, value.microseconds] if isinstance(value, timedelta) else value


@frozen
class Keeping:
    """What a tenant says itself: its rules by type, and which subjects it holds."""

    rules: Mapping[str, Ages]
    held: frozenset[str]


Keepings = Remembered[Keeping]
"""What each tenant says; what another process changes is seen within five seconds."""


def stored_keeping(store: Documents, tenant: str) -> Keeping:
    """Return what the store has of rules and holds."""
    rules = {document.name: ages_of(document) for document in documents_of(store, tenant, RULE)}
    return Keeping(rules, frozenset(str(hold.ref) for hold in holds_of(store, tenant)))


@frozen
class Term:
    """What holds of a type: an age, or a number to keep, and whether the tenant or the type says so."""

    value: Any
    reason: Reason


@frozen
class Terms:
    """What holds of all types of a tenant, by the name of the type; types without are not in.

    Attributes:
        archive, purge: from which age on.
        keep: how many of each subject.
        chains: types whose entries are the status of their subjects: these are never purged.
        held: the subjects that are held, with all that are read as one with them.
    """

    archive: Mapping[str, Term]
    purge: Mapping[str, Term]
    keep: Mapping[str, Term]
    chains: frozenset[str]
    held: frozenset[str]

    @classmethod
    def of(cls, types: Iterable[ActivityType], rules: Mapping[str, Ages], held: Iterable[str]) -> Terms:
        """Return what types and rules say together."""
        archive: dict[str, Term] = {}
        purge: dict[str, Term] = {}
        keep: dict[str, Term] = {}
        chains = set()
        for declared in types:
            name = declared.name
            if declared.archive_after is not None:
                archive[name] = Term(declared.archive_after, "type")
            if declared.purge_after is not None:
                purge[name] = Term(declared.purge_after, "type")
            if declared.keep is not None:
                keep[name] = Term(declared.keep, "type")
            if declared.of_subject:
                chains.add(name)
        for name, ages in rules.items():
            for option, found in (("archive_after", archive), ("purge_after", purge), ("keep", keep)):
                if option in ages:
                    found[name] = Term(ages[option], "tenant")  # type: ignore[literal-required] # as they are called
        return cls(
            archive={name: term for name, term in archive.items() if term.value is not None},
            purge={name: term for name, term in purge.items() if term.value is not None},
            keep={name: term for name, term in keep.items() if term.value is not None and name not in chains},
            chains=frozenset(chains),
            held=frozenset(held),
        )

    def current(self, now: datetime) -> Where:
        """Return the condition of entries that are not archived by their age."""
        return Or((_young(Field.ARCHIVE_AT, self.archive, now), self.on_hold()))

    def kept(self, now: datetime) -> Where:
        """Return the condition of entries that are not purged by their age; all others, nobody sees any more."""
        return Or((self.unexpired(now), self.on_hold()))

    def unexpired(self, now: datetime) -> Where:
        """Return the condition of entries that are not purged by their age, were they held or not."""
        young = _young(Field.PURGE_AT, self.purge, now)
        return Or((young, In(Field.TYPE, self.chains))) if self.chains else young

    def on_hold(self) -> Where:
        """Return the condition of entries that stay, whatever their age."""
        return on_hold(self.held)

    def reason_to_archive(self, record: Record) -> Reason:
        """Return what decides when this entry is archived."""
        return "entry" if record.archive_at < ABSENT else self.archive[record.type].reason

    def reason_to_purge(self, record: Record) -> Reason:
        """Return what decides when this entry is purged by its age."""
        return "entry" if record.purge_at < ABSENT else self.purge[record.type].reason


def _young(own: Field, terms: Mapping[str, Term], now: datetime) -> Where:
    """Return what is not past its own time nor, where it has none, past the age of its type."""
    after_now = now + MILLISECOND
    itself = Between(own, ge=after_now)
    if not terms:
        return itself
    types: dict[timedelta, list[str]] = {}
    for name, term in terms.items():
        types.setdefault(term.value, []).append(name)
    old = Or(_older(names, _before(after_now, age)) for age, names in types.items())
    return And((itself, Or((Not(old), Between(own, lt=ABSENT)))))


def _older(types: Iterable[str], than: datetime | None) -> Where:
    if than is None:
        return NEVER
    older = (Between(Field.OCCURRED_AT, lt=than), Between(Field.RECORDED_AT, lt=than))
    return And((In(Field.TYPE, types), *older))


def _before(moment: datetime, age: timedelta) -> datetime | None:
    """Return what an entry of this age lies before; None where no entry can be so old."""
    try:
        found = moment - age
    except OverflowError:
        return None
    bound = found if (cut := truncated(found)) == found else cut + MILLISECOND
    return bound if bound > EARLIEST else None
