"""The job of retention: archive, then purge by age, then purge by number; part by part, and repeatable.

Nothing is remembered of how far it came: what is done is no longer found, so that a repetition goes on by itself. Only
which contents of files may have lost their last owner is written down before the entries go, since that is not to be
seen afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final
from uuid import uuid4

from attrs import define, evolve, field

from activitylog import signals
from activitylog.actors import Actor
from activitylog.call import Call
from activitylog.documents import change_document, documents_of
from activitylog.errors import StaleVersion, WriteConflict
from activitylog.exported import versions_of
from activitylog.handling import next_version
from activitylog.keeping import Reason, Terms
from activitylog.payload import decoded, encoded
from activitylog.purge_export import PurgeExport
from activitylog.retention_report import Outcome, RetentionReport
from activitylog.storage import (
    ABSENT,
    And,
    Between,
    Document,
    Field,
    Fields,
    Has,
    In,
    Not,
    Order,
    Position,
    Query,
    Record,
    Where,
    matches,
    position,
    simplify,
)
from activitylog.times import MILLISECOND
from activitylog.writing import unit

__all__ = ["PURGE", "Progress", "Purge"]

PURGE: Final = "purge"
"""The kind of the documents that name contents whose entries are being purged."""

Progress = Callable[[int, int], None]
"""The host's function: how many entries were looked at, and how many there are to look at."""

_PART: Final = 500
_ATTEMPTS: Final = 20
_SUBJECTS: Final = 50_000
"""Of so many subjects is remembered which of their entries are new enough."""
_COMMENTS: Final = {
    "entry": "by an age of its own",
    "tenant": "by the age that the tenant says",
    "type": "by the age that its type says",
}

Condition = Callable[[Terms], Where]
"""What must hold of the entries, by what holds of types and subjects at that moment."""


@define
class Purge:
    """One run, in one tenant."""

    call: Call
    dry_run: bool
    export: PurgeExport | None
    progress: Progress | None
    _actor: Actor = field(init=False)
    _numbers: Counter[tuple[str, Outcome, Reason]] = field(factory=Counter, init=False)
    _done: int = field(default=0, init=False)
    _total: int = field(default=0, init=False)

    @_actor.default
    def _named(self) -> Actor:
        return self.call.named_actor()

    def run(self) -> RetentionReport:
        """Archive and purge what is due, and return what that was."""
        if not self.dry_run:
            self._release_left()
        if self.progress is not None:
            self._total = self._expected()
        self._archive()
        self._purge_by_age()
        for type in sorted(self._terms().keep):
            self._purge_by_number(type)
        return RetentionReport.of(self._numbers, self.call.language)

    # -- what is due -----------------------------------------------------------------------------------------------

    def _terms(self) -> Terms:
        call = self.call
        keeping = call.keepings.fresh(call.store, call.tenant)
        held = call.aliases.fresh(call.store, call.tenant).expanded(keeping.held) if keeping.held else ()
        return Terms.of(call.types, keeping.rules, held)

    def _to_archive(self, terms: Terms) -> Where:
        untouched = (Between(Field.ARCHIVED_AT, ge=ABSENT), Between(Field.DELETED_AT, ge=ABSENT))
        return And((*untouched, Not(terms.current(self.call.now)), terms.kept(self.call.now)))

    def _expired(self, terms: Terms) -> Where:
        return Not(terms.kept(self.call.now))

    def _numbered(self, type: str, terms: Terms) -> Where:
        """Return the condition of entries that count, and can be purged, by their number: without own age."""
        return And((In(Field.TYPE, [type]), Between(Field.PURGE_AT, ge=ABSENT), terms.kept(self.call.now)))

    def _expected(self) -> int:
        terms = self._terms()
        conditions = [self._to_archive(terms), self._expired(terms)]
        conditions += [self._numbered(type, terms) for type in terms.keep]
        return sum(self._count(condition) for condition in conditions)

    def _count(self, where: Where) -> int:
        [tally] = self.call.store.count(Query(tenant=self.call.tenant, where=simplify(where), limit=1))
        return tally.numbers[0]

    def _parts(self, condition: Condition, order: Order) -> Iterator[tuple[Terms, Sequence[Record]]]:
        """Give the entries that are due, the oldest first, with what holds when they are read."""
        after: Position | None = None
        while True:
            terms = self._terms()
            query = self._query(condition(terms), order=order)
            records = self.call.store.fetch(evolve(query, after=after))
            if not records:
                return
            after = position(query, records[-1])
            yield terms, records
            self._done += len(records)
            if self.progress is not None:
                self.progress(self._done, max(self._done, self._total))

    def _query(self, where: Where, *, order: Order = Order.RECORDED) -> Query:
        return Query(
            tenant=self.call.tenant,
            where=simplify(where),
            order=order,
            newest_first=False,
            limit=_PART,
            fields=Fields.ALL,
        )

    # -- archiving -------------------------------------------------------------------------------------------------

    def _archive(self) -> None:
        for terms, records in self._parts(self._to_archive, Order.RECORDED):
            done = records if self.dry_run else self._archived(terms, records)
            self._numbers.update((record.type, "archived", terms.reason_to_archive(record)) for record in done)

    def _archived(self, terms: Terms, records: Sequence[Record]) -> Sequence[Record]:
        """Archive these, and return those that were not changed by others meanwhile so that they stay."""
        where = And((In(Field.ID, [record.id for record in records]), self._to_archive(terms)))
        for _ in range(_ATTEMPTS):
            try:
                self._replace(terms, records)
            except StaleVersion:
                records = self.call.store.fetch(self._query(where))
            else:
                return records
        raise WriteConflict(f"entries were changed by others {_ATTEMPTS} times in a row; apply retention again")

    def _replace(self, terms: Terms, records: Sequence[Record]) -> None:
        done: list[Record] = []
        with unit(self.call) as whole:
            try:
                for record in records:
                    comment = _COMMENTS[terms.reason_to_archive(record)]
                    changed = evolve(record, archived_at=self.call.now)
                    changed = next_version(
                        record, changed, self._actor, self.call.now, action="archived", comment=comment
                    )
                    whole.store.replace(changed, expected_version=record.version)
                    done.append(changed)
            finally:  # without transactions these stay, whatever becomes of the others
                whole.announce(signals.handled, [whole.activity(record) for record in done])

    # -- purging ---------------------------------------------------------------------------------------------------

    def _purge_by_age(self) -> None:
        for terms, records in self._parts(self._expired, Order.RECORDED):
            gone = self._purged(records, self._expired)
            self._numbers.update((record.type, "purged", terms.reason_to_purge(record)) for record in gone)
        self._count_held()

    def _count_held(self) -> None:
        """Count what is past its age and stays, because it is held."""
        terms = self._terms()
        where = simplify(And((terms.on_hold(), Not(terms.unexpired(self.call.now)))))
        own = Between(Field.PURGE_AT, lt=ABSENT)
        query = Query(tenant=self.call.tenant, where=where, limit=1)
        for tally in self.call.store.count(query, by=[Field.TYPE], cases=[own, Not(own)]):
            type, (by_entry, by_rule) = str(tally.key[0]), tally.numbers
            self._numbers[type, "held", "entry"] += by_entry
            if by_rule:
                self._numbers[type, "held", terms.purge[type].reason] += by_rule

    def _purge_by_number(self, type: str) -> None:
        """Purge what is beyond the newest of each of its subjects."""
        oldest = lru_cache(_SUBJECTS)(partial(self._oldest_to_keep, self._terms().kept(self.call.now), type))

        def is_beyond(record: Record, keep: int) -> bool:
            own = Position(record.occurred_at, record.id)
            places = (oldest(link.ref, keep) for link in record.links if link.role == "subject")
            return all(place is not None and own < place for place in places)

        def is_due(terms: Terms) -> Where:
            return And((self._numbered(type, terms), terms.unexpired(self.call.now), Not(terms.on_hold())))

        for terms, records in self._parts(partial(self._numbered, type), Order.OCCURRED):
            if type not in terms.keep:  # the rule was taken back meanwhile
                return
            keep, due, on_hold = terms.keep[type].value, simplify(is_due(terms)), simplify(terms.on_hold())
            beyond = [record for record in records if is_beyond(record, keep)]
            gone = self._purged([record for record in beyond if matches(due, record)], is_due)
            self._numbers[type, "purged", "keep"] += len(gone)
            young = simplify(And((on_hold, terms.unexpired(self.call.now))))
            self._numbers[type, "held", "keep"] += sum(matches(young, record) for record in beyond)

    def _oldest_to_keep(self, kept: Where, type: str, subject: str, keep: int) -> Position | None:
        """Return the place of the last entry of a subject that is new enough; None where there are not so many."""
        where = simplify(And((In(Field.TYPE, [type]), Has(Field.SUBJECTS, [subject]), kept)))
        query = Query(tenant=self.call.tenant, subjects=(subject,), where=where, limit=1, fields=Fields.LIST)
        while True:
            wanted = min(keep, _PART)
            records = self.call.store.fetch(evolve(query, limit=wanted))
            if len(records) < wanted:
                return None
            last = position(query, records[-1])
            keep -= wanted
            if not keep:
                return last
            query = evolve(query, after=last)

    def _purged(self, records: Sequence[Record], condition: Condition) -> Sequence[Record]:
        """Purge those of which the condition still holds, and that are still as they were read; return them."""
        if self.dry_run or not records:
            return records
        store, tenant = self.call.store, self.call.tenant
        if self.export is not None:
            self.export.write((record, versions_of(store, record)) for record in records)
        ids = [record.id for record in records]
        as_read = Between(Field.MODIFIED_AT, lt=max(record.modified_at for record in records) + MILLISECOND)
        contents = sorted({file.sha256 for record in records for file in record.files})
        document = Document(tenant, PURGE, str(uuid4()), encoded(contents), version=1)
        if contents:
            store.put_document(document, expected_version=0)
        where = And((In(Field.ID, ids), as_read, condition(self._terms())))
        store.delete(self._query(where), limit=len(ids))
        if contents:
            self._release(document)
        left = store.get(tenant, ids)
        return [record for record in records if record.id not in left]

    # -- files -----------------------------------------------------------------------------------------------------

    def _release_left(self) -> None:
        """Remove the contents that a killed run did not come to."""
        for document in documents_of(self.call.store, self.call.tenant, PURGE):
            self._release(document)

    def _release(self, document: Document) -> None:
        call = self.call
        call.contents.of(call.tenant).release(call.store, decoded(document.body or "[]"))
        change_document(call.store, call.tenant, PURGE, document.name, lambda _: None)
