"""Viewers, and the one door through which every read passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from attrs import evolve, field, frozen

from activitylog.errors import ActivityNotFound
from activitylog.storage import (
    NEVER,
    Bucket,
    Field,
    Fields,
    In,
    Query,
    Record,
    Storage,
    Tally,
    Where,
    simplify,
)

__all__ = ["Door", "Viewer", "limit"]


@frozen
class Viewer:
    """Who is asking. So far one sees anything: the host's own trusted code, by ``Viewer.unlimited()``."""

    _sees_all: bool = field(default=False, kw_only=True)

    @classmethod
    def unlimited(cls) -> Viewer:
        """Return the viewer that sees everything."""
        return cls(sees_all=True)


def limit(query: Query, viewer: Viewer) -> Query:
    """Return the query cut to what the viewer may see, and simplified for the stores.

    There is no default viewer: who reads must say for whom.
    """
    return evolve(query, where=simplify(query.where)) if viewer == Viewer.unlimited() else evolve(query, where=NEVER)


@frozen
class Door:
    """Reads a store for one viewer and one tenant, which are fixed when the door is made."""

    store: Callable[[], Storage]
    tenant: str
    viewer: Viewer

    def fetch(self, query: Query) -> Sequence[Record]:
        """Return the entries of the query that the viewer may see."""
        seen = limit(query, self.viewer)
        return [] if seen.where == NEVER else self.store().fetch(seen)

    def count(
        self,
        query: Query,
        *,
        by: Sequence[Field] = (),
        bucket: Bucket | None = None,
        cases: Sequence[Where] = (),
        at_most: int | None = None,
    ) -> Sequence[Tally]:
        """Count the entries of the query that the viewer may see."""
        seen = limit(query, self.viewer)
        if seen.where == NEVER:
            return [] if by or bucket else [Tally((), (0,) * (len(cases) or 1), None, None)]
        return self.store().count(seen, by=by, bucket=bucket, cases=cases, limit=at_most)

    def one(self, id: UUID) -> Record:
        """Return an entry, whole, whatever its state.

        Raises:
            ActivityNotFound: there is none that the viewer may see.
        """
        query = Query(tenant=self.tenant, where=In(Field.ID, [id]), limit=1, fields=Fields.ALL)
        for record in self.fetch(query):
            return record
        raise ActivityNotFound(id)

    def explain(self, query: Query) -> str:
        """Return how the store would answer the query."""
        return self.store().explain(limit(query, self.viewer))
