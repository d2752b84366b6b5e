"""Readers: what a timeline asks, put to one tenant or to several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from heapq import merge
from itertools import chain, islice

from attrs import frozen

from activitylog.aliases import Groups
from activitylog.catalog import Catalog
from activitylog.door import Door, added
from activitylog.errors import InvalidInput, TooManySubjects
from activitylog.filters import Asked, Selection
from activitylog.limits import CODE, TIMELINE_SUBJECTS_MAX, checked_text
from activitylog.storage import Bucket, Field, Fields, Gap, Order, Position, Query, Record, Tally, Where
from activitylog.types import ActivityType
from activitylog.viewers import Viewer

__all__ = ["Question", "Reader", "TenantReader", "TenantsReader", "checked_group", "checked_tenants"]


@frozen(kw_only=True)
class Question:
    """What a timeline asks: as a ``Query``, of no tenant yet, with the subjects and filters as they were given."""

    subjects: tuple[str, ...]
    selection: Selection
    order: Order = Order.OCCURRED
    newest_first: bool = True
    after: Position | None = None
    before: Position | None = None
    limit: int = 1

    def query(self, tenant: str, subjects: tuple[str, ...], types: Catalog) -> Query:
        """Return the query of a tenant, where the subjects may have other names too."""
        return Query(
            tenant=tenant,
            subjects=subjects,
            where=self.selection.where(Asked(subjects, types)),
            order=self.order,
            newest_first=self.newest_first,
            after=self.after,
            before=self.before,
            limit=self.limit,
            fields=Fields.LIST,
        )


class Reader(ABC):
    """Answers questions for one viewer."""

    @property
    @abstractmethod
    def tenants(self) -> tuple[str, ...]:
        """Which tenants it reads, in ascending order."""

    @property
    @abstractmethod
    def viewer(self) -> Viewer:
        """Who is asking."""

    @abstractmethod
    def fetch(self, question: Question) -> Sequence[Record]:
        """Return the entries that are asked for."""

    @abstractmethod
    def count(
        self,
        question: Question,
        *,
        by: Sequence[Field] = (),
        bucket: Bucket | None = None,
        cases: Sequence[Where] = (),
        at_most: int | None = None,
    ) -> Sequence[Tally]:
        """Count the entries that are asked for."""

    @abstractmethod
    def gaps(self, question: Question, *, by: Sequence[Field] = ()) -> Iterable[Gap]:
        """Give the gaps between incoming entries and their answers; subjects that were merged are one."""

    @abstractmethod
    def type_of(self, record: Record) -> ActivityType | None:
        """Return the declared type of an entry, or None."""

    @abstractmethod
    def groups(self, tenant: str) -> Groups:
        """Return which subjects of a tenant were merged."""

    @abstractmethod
    def explain(self, question: Question) -> str:
        """Return how the store would answer."""


@frozen(eq=False)
class TenantReader(Reader):
    """Reads one tenant."""

    door: Door
    types: Catalog
    merged: Callable[[], Groups]

    @property
    def tenants(self) -> tuple[str, ...]:
        """The one tenant."""
        return (self.door.tenant,)

    @property
    def viewer(self) -> Viewer:
        """Who is asking."""
        return self.door.rights.viewer

    def fetch(self, question: Question) -> Sequence[Record]:
        """Return the entries that are asked for."""
        return self.door.shown(self._query(question), question.selection.state)

    def count(
        self,
        question: Question,
        *,
        by: Sequence[Field] = (),
        bucket: Bucket | None = None,
        cases: Sequence[Where] = (),
        at_most: int | None = None,
    ) -> Sequence[Tally]:
        """Count the entries that are asked for."""
        query, state = self._query(question), question.selection.state
        return self.door.count(query, state, by=by, bucket=bucket, cases=cases, at_most=at_most)

    def gaps(self, question: Question, *, by: Sequence[Field] = ()) -> Iterable[Gap]:
        """Give the gaps between incoming entries and their answers."""
        groups = self.merged()
        aliases = {ref: groups.root(ref) for ref in groups.into}
        return self.door.gaps(self._query(question), question.selection.state, by=by, aliases=aliases)

    def type_of(self, record: Record) -> ActivityType | None:
        """Return the declared type of an entry, or None."""
        return self.types.get(record.type)

    def groups(self, tenant: str) -> Groups:
        """Return which subjects were merged."""
        return self.merged()

    def explain(self, question: Question) -> str:
        """Return how the store would answer."""
        return self.door.explain(self._query(question), question.selection.state)

    def _query(self, question: Question) -> Query:
        asked = question.subjects
        subjects = checked_group(self.merged().expanded(asked)) if asked else ()
        return question.query(self.door.tenant, subjects, self.types)


@frozen(eq=False)
class TenantsReader(Reader):
    """Reads several tenants, each by itself, and merges what they give."""

    readers: tuple[TenantReader, ...]

    @property
    def tenants(self) -> tuple[str, ...]:
        """The tenants."""
        return tuple(reader.door.tenant for reader in self.readers)

    @property
    def viewer(self) -> Viewer:
        """Who is asking: the same in all of them."""
        return self.readers[0].viewer

    def fetch(self, question: Question) -> Sequence[Record]:
        """Return the entries that are asked for, of all tenants in one order."""
        # From the end that the limit counts from: without ``after`` a page before a token is the last one before it.
        backward = question.before is not None and question.after is None
        found = [reader.fetch(question) for reader in self.readers]
        descending = question.newest_first is not backward
        ordered = merge(
            *(reversed(part) if backward else part for part in found),
            key=lambda record: Position(getattr(record, question.order.value), record.id),
            reverse=descending,
        )
        kept = list(islice(ordered, question.limit))
        return kept[::-1] if backward else kept

    def count(
        self,
        question: Question,
        *,
        by: Sequence[Field] = (),
        bucket: Bucket | None = None,
        cases: Sequence[Where] = (),
        at_most: int | None = None,
    ) -> Sequence[Tally]:
        """Count the entries of all tenants that are asked for."""
        parts = [reader.count(question, by=by, bucket=bucket, cases=cases, at_most=at_most) for reader in self.readers]
        return added([tally for part in parts for tally in part], at_most)

    def gaps(self, question: Question, *, by: Sequence[Field] = ()) -> Iterable[Gap]:
        """Give the gaps of all tenants: nobody answers in another one."""
        return chain.from_iterable(reader.gaps(question, by=by) for reader in self.readers)

    def type_of(self, record: Record) -> ActivityType | None:
        """Return the type that its tenant declares, or None."""
        return self._of(record.tenant).type_of(record)

    def groups(self, tenant: str) -> Groups:
        """Return which subjects of a tenant were merged."""
        return self._of(tenant).merged()

    def explain(self, question: Question) -> str:
        """Return how the store would answer for each tenant."""
        return "\n".join(f"{reader.door.tenant}: {reader.explain(question)}" for reader in self.readers)

    def _of(self, tenant: str) -> TenantReader:
        return next(reader for reader in self.readers if reader.door.tenant == tenant)


def checked_group(subjects: tuple[str, ...]) -> tuple[str, ...]:
    """Return the subjects of a timeline, with those that were merged with them, unless they are too many."""
    if len(subjects) > TIMELINE_SUBJECTS_MAX:
        raise TooManySubjects("subjects", f"{len(subjects)} are asked for, a timeline can have {TIMELINE_SUBJECTS_MAX}")
    return subjects


def checked_tenants(given: Iterable[str]) -> tuple[str, ...]:
    """Return names of tenants, each once and in order."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidInput("tenants", "several names are expected, such as ['north', 'south']")
    found = tuple(sorted({checked_text("tenants", name, CODE, required=True) for name in given}))
    if not found:
        raise InvalidInput("tenants", "name one at least")
    return found
