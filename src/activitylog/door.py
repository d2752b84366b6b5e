"""The one door through which every read passes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from attrs import evolve, frozen

from activitylog.changes import REDACTED
from activitylog.errors import ActivityNotFound, NotAllowed
from activitylog.redaction import SHOWN, blanked, is_redacted, known
from activitylog.sight import ANY_STATE, Rights, Sight, State
from activitylog.storage import (
    NEVER,
    And,
    Bucket,
    Field,
    Fields,
    Gap,
    In,
    Or,
    Order,
    Query,
    Record,
    Storage,
    Tally,
    Where,
    matches,
    simplify,
)

__all__ = ["Door", "added", "limit"]


def limit(query: Query, sight: Sight, state: State) -> Query:
    """Return the query cut to what may be seen, in these states, and simplified for the stores.

    With what is seen whole as *Clear* and *Redacted* the rest, it is ``Clear ∧ W ∨ Redacted ∧ W°``, where W° is W with
    never in place of whatever is hidden. What holds of both alike stays outside of the Or, where indexes serve it. In
    the order of due dates the redacted have no place.
    """
    whole, hidden = sight.whole(state), _redacted(query, sight, state)
    if query.order is Order.DUE or hidden == NEVER:
        return evolve(query, where=simplify(And((query.where, whole))))
    parts = _conjuncts(simplify(query.where))
    open = [part for part in parts if simplify(known(part, query.subjects)) == part]
    rest = And(part for part in parts if part not in open)
    shared = [part for part in _conjuncts(simplify(whole)) if part in _conjuncts(hidden)]
    either = Or((_without(And((whole, rest)), shared), _without(And((hidden, known(rest, query.subjects))), shared)))
    return evolve(query, where=simplify(And((*open, *shared, either))))


def _redacted(query: Query, sight: Sight, state: State) -> Where:
    """Return what is seen redacted of a query: nothing, where a condition on what is hidden must hold."""
    if sight.redacted == NEVER:
        return NEVER
    found = simplify(sight.blanked(state))
    return NEVER if simplify(And((found, known(query.where, query.subjects)))) == NEVER else found


def _conjuncts(where: Where) -> tuple[Where, ...]:
    return where.parts if isinstance(where, And) else (where,)


def _without(where: Where, parts: Sequence[Where]) -> Where:
    return And(part for part in _conjuncts(simplify(where)) if part not in parts)


@frozen(eq=False)
class Door:
    """Reads a store for one viewer and one tenant, which are fixed when the door is made."""

    store: Callable[[], Storage]
    tenant: str
    rights: Rights

    def fetch(self, query: Query, state: State = ANY_STATE) -> Sequence[Record]:
        """Return the entries of the query that the viewer may see, as they are stored; some of them redacted."""
        return self._found(query, state)[0]

    def shown(self, query: Query, state: State = ANY_STATE) -> Sequence[Record]:
        """Return the entries of the query that the viewer may see, as they are shown."""
        records, sight = self._found(query, state)
        return records if state.archived is False else [sight.shown(record) for record in records]

    def _found(self, query: Query, state: State) -> tuple[Sequence[Record], Sight]:
        store = self.store()
        sight = self.rights.sight(store, self.tenant)
        seen = limit(query, sight, state)
        if seen.where == NEVER:
            return [], sight
        records = store.fetch(seen)
        if sight.redacted != NEVER:
            records = [record if matches(sight.clear, record) else blanked(record) for record in records]
        return records, sight

    def count(
        self,
        query: Query,
        state: State = ANY_STATE,
        *,
        by: Sequence[Field] = (),
        bucket: Bucket | None = None,
        cases: Sequence[Where] = (),
        at_most: int | None = None,
    ) -> Sequence[Tally]:
        """Count the entries of the query that the viewer may see.

        Of what is redacted, the key of a hidden dimension is ``REDACTED``, and no case holds on what is hidden.
        """
        store = self.store()
        sight = self.rights.sight(store, self.tenant)

        def counted(where: Where, by: Sequence[Field], cases: Sequence[Where]) -> Sequence[Tally]:
            found = simplify(where)
            if found == NEVER:
                return [] if by or bucket else [Tally((), (0,) * (len(cases) or 1), None, None)]
            return store.count(evolve(query, where=found), by=by, bucket=bucket, cases=cases, limit=at_most)

        whole = counted(And((query.where, sight.whole(state))), by, cases)
        hidden = _redacted(query, sight, state)
        if hidden == NEVER:
            return whole
        shown = [name for name in by if name in SHOWN]
        known_cases = [known(case, query.subjects) for case in cases]
        tallies = counted(And((known(query.where, query.subjects), hidden)), shown, known_cases)
        grouped = by or bucket  # without groups there is one tally of nothing, which is no group
        return added([*whole, *(_widened(one, by) for one in tallies if one.first_at or not grouped)], at_most)

    def gaps(
        self, query: Query, state: State = ANY_STATE, *, by: Sequence[Field] = (), aliases: Mapping[str, str]
    ) -> Iterable[Gap]:
        """Give the gaps between incoming entries and their answers, among those that the viewer sees whole."""
        store = self.store()
        where = simplify(And((query.where, self.rights.sight(store, self.tenant).whole(state))))
        return () if where == NEVER else store.gaps(evolve(query, where=where), by=by, aliases=aliases)

    def one(self, id: UUID) -> Record:
        """Return an entry, whole, whatever its state; or redacted.

        Raises:
            ActivityNotFound: there is none that the viewer may see.
        """
        query = Query(tenant=self.tenant, where=In(Field.ID, [id]), limit=1, fields=Fields.ALL)
        for record in self.fetch(query):
            return record
        raise ActivityNotFound(id)

    def whole(self, id: UUID) -> Record:
        """Return an entry that the viewer sees whole.

        Raises:
            ActivityNotFound: there is none that the viewer may see.
            NotAllowed: the viewer sees it redacted.
        """
        record = self.one(id)
        if is_redacted(record):
            raise NotAllowed(f"activity {id} is redacted for this viewer, who lacks the permission of its type")
        return record

    def editable(self, id: UUID) -> Record:
        """Return an entry that the viewer may edit.

        Raises:
            ActivityNotFound: there is none that the viewer may see.
            NotAllowed: the viewer sees it redacted, or is none of its editors.
        """
        record = self.whole(id)
        if not self.rights.viewer.may_edit(record.editors):
            raise NotAllowed(f"activity {id} is not for this viewer to edit: its editors are others, or no customers")
        return record

    def knows(self, ref: str) -> bool:
        """Tell whether the viewer sees an entry that names this ref: as subject, parent, source, actor or assignee."""
        if not self.rights.viewer.is_limited or ref in self.rights.viewer.principals:
            return True
        ways = (
            Query(tenant=self.tenant, subjects=(ref,), limit=1),
            Query(tenant=self.tenant, where=In(Field.ACTOR, [ref]), limit=1),
            Query(tenant=self.tenant, where=In(Field.ASSIGNEE, [ref]), order=Order.DUE, limit=1),
        )
        return any(self.fetch(query, State(deleted=False)) for query in ways)

    def explain(self, query: Query, state: State = ANY_STATE) -> str:
        """Return how the store would answer the query.

        Raises:
            NotAllowed: the viewer is limited; plans tell of what is hidden.
        """
        if self.rights.viewer.is_limited:
            raise NotAllowed("explain() is not to be had of a timeline that is limited to a viewer")
        return self.store().explain(limit(query, self.sight(), state))

    def sight(self) -> Sight:
        """Return what the viewer may see now."""
        return self.rights.sight(self.store(), self.tenant)


def _widened(tally: Tally, by: Sequence[Field]) -> Tally:
    values = iter(tally.key)
    key = [next(values) if name in SHOWN else REDACTED for name in by]
    return evolve(tally, key=(*key, *values))


def added(tallies: Sequence[Tally], at_most: int | None = None) -> list[Tally]:
    """Return tallies with those of one key added up, none of whose numbers is more than ``at_most``."""
    found: dict[tuple[object, ...], Tally] = {}
    for tally in tallies:
        other = found.get(tally.key)
        found[tally.key] = tally if other is None else _sum(other, tally, at_most)
    return list(found.values())


def _sum(one: Tally, other: Tally, at_most: int | None) -> Tally:
    numbers = tuple(map(sum, zip(one.numbers, other.numbers, strict=True)))
    first = [at for at in (one.first_at, other.first_at) if at is not None]
    last = [at for at in (one.last_at, other.last_at) if at is not None]
    return Tally(
        one.key,
        numbers if at_most is None else tuple(min(number, at_most) for number in numbers),
        min(first, default=None),
        max(last, default=None),
    )
