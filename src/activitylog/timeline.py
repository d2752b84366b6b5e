"""Timelines: the history of one or several subjects, or of a tenant, filtered, paged and counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, Generic, NoReturn, TypeVar, Unpack, cast
from uuid import UUID

from attrs import evolve, frozen

from activitylog.activity import Activity
from activitylog.counting import Count, counted
from activitylog.cursors import Cursors
from activitylog.errors import InvalidInput
from activitylog.filters import Filters, Selection
from activitylog.folding import Fold, folds
from activitylog.limits import PAGE_MAX
from activitylog.metrics import Metrics
from activitylog.pages import Page
from activitylog.reader import Question, Reader
from activitylog.settings import Settings
from activitylog.storage import Order, Position, Record
from activitylog.times import EARLIEST, instant, zone
from activitylog.viewers import Viewer

__all__ = ["Timeline"]

ItemT = TypeVar("ItemT", bound=Activity | Fold)

_CHUNK = 500
"""Entries that are read at once where all of them are wanted."""


@frozen(eq=False, kw_only=True, repr=False)
class Timeline(Generic[ItemT]):
    """A question about the past: whose, which part of it, in which order.

    It does no I/O until it is asked by one of its methods, or iterated. Tenant, viewer and language are those of the
    moment in which it was made. Every method that narrows or orders it returns another timeline.
    """

    _reader: Reader
    _settings: Settings
    _language: str
    _key: Callable[[str], bytes]
    _subjects: tuple[str, ...]
    _viewed: Callable[[tuple[str, ...]], None]
    _selection: Selection
    _order: Order = Order.OCCURRED
    _newest_first: bool = True
    _window: timedelta | None = None

    @property
    def tenants(self) -> tuple[str, ...]:
        """Which tenants it reads: one, unless it is of a log across several."""
        return self._reader.tenants

    @property
    def language(self) -> str:
        """In which language its entries are read."""
        return self._language

    @property
    def viewer(self) -> Viewer:
        """Who is asking; unlimited, where the log was not given to a viewer."""
        return self._reader.viewer

    # -- which, and in which order --------------------------------------------------------------------------------

    def filter(self, **filters: Unpack[Filters]) -> Timeline[ItemT]:
        """Return the timeline narrowed by filters; with those given before, all must hold. See ``Filters``.

        Raises:
            InvalidInput: there is no such filter, or a value does not fit.
        """
        return evolve(self, selection=self._selection.narrowed(filters))

    def oldest_first(self) -> Timeline[ItemT]:
        """Return the timeline in the order in which things happened."""
        return evolve(self, newest_first=False, order=Order.OCCURRED)

    def by_due(self) -> Timeline[ItemT]:
        """Return the timeline in the order of ``due_at``, what is due first comes first, what is never due last."""
        return evolve(self, newest_first=False, order=Order.DUE)

    def folded(self, window: timedelta) -> Timeline[Fold]:
        """Return the timeline with similar neighbours folded: its items are ``Fold``, and ``limit`` counts these.

        Neighbours of the same type, actor and subjects fold, each within ``window`` of the next; a fold of more than
        100 is cut.

        Raises:
            InvalidInput: the window is negative or no timedelta.
        """
        if not isinstance(window, timedelta) or window < timedelta():
            raise InvalidInput("window", "a timedelta that is not negative is expected")
        return cast("Timeline[Fold]", evolve(self, window=window))

    # -- reading --------------------------------------------------------------------------------------------------

    def page(self, limit: int = 20, *, after: str | None = None, before: str | None = None) -> Page[ItemT]:
        """Return one page: the first, or the one after or before a token of another page of this timeline.

        ``limit`` is 1 to 1,000. Paging is by position: nothing is doubled or missed while entries come and go. With
        both tokens the page begins after the one and ends before the other.

        Raises:
            InvalidCursor: a token is cut, forged, or of another timeline.
            InvalidInput: the limit does not fit.
        """
        _check_limit(limit)
        cursors = self._cursors()
        start = None if after is None else cursors.position(after)
        end = None if before is None else cursors.position(before)
        mark = self._mark()
        backward = end is not None and start is None
        items, more = self._items(limit, start, end, backward=backward)
        begins, ends = (_outer(items[0], 0), _outer(items[-1], -1)) if items else (None, None)
        earlier = self._place(begins) if begins else _nudged(start, towards_end=self._newest_first)
        later = self._place(ends) if ends else _nudged(end, towards_end=not self._newest_first)
        has_earlier = more if backward else start is not None
        has_later = end is not None if backward else more or (end is not None)
        return Page(
            items=tuple(items),
            next=cursors.token(later) if has_later and later else None,
            previous=cursors.token(earlier) if has_earlier and earlier else None,
            mark=mark,
        )

    def arrived(self, *, after: str, limit: int | None = None, overlap: timedelta = timedelta(0)) -> Page[Activity]:
        """Return what was recorded since a ``mark``, in the order of recording; the page's ``mark`` goes on from there.

        At most ``limit`` entries, 1,000 by default. An entry that another process wrote in the same millisecond, or
        whose transaction was long in committing, can come to light behind a mark: who must miss nothing begins by an
        ``overlap`` earlier, which covers the longest transaction and the skew of clocks, and drops the ids that are
        known.

        Raises:
            InvalidCursor: it is no mark, or of another timeline.
            InvalidInput: the limit does not fit, or the overlap is negative.
        """
        limit = _check_limit(PAGE_MAX if limit is None else limit)
        cursors = self._cursors("arrived")
        position = cursors.position(after)
        begin = _earlier(position, overlap)
        question = evolve(self._question(limit), order=Order.RECORDED, newest_first=False, after=begin)
        records = self._fetch(question)
        last = Position(records[-1].recorded_at, records[-1].id) if records else position
        last = last if len(records) == limit else max(last, position)  # more of the overlap may follow
        items = tuple(self._activity(record) for record in records)
        return Page(items=items, next=None, previous=None, mark=cursors.token(last))

    def __iter__(self) -> Iterator[ItemT]:
        """Give all items, reading them in parts: memory stays constant."""
        return self._walk(None, None, newest_first=self._newest_first)

    def first(self) -> ItemT | None:
        """Return the first item of the order, or None."""
        return next(iter(self._items(1, None, None, backward=False)[0]), None)

    def exists(self) -> bool:
        """Tell whether there is any entry."""
        return bool(self._reader.fetch(self._question(1)))

    def count(self, at_most: int | None = None) -> int:
        """Return how many entries there are; ``at_most`` stops the counting there.

        Raises:
            InvalidInput: ``at_most`` is not positive.
        """
        if at_most is not None and (not isinstance(at_most, int) or not 1 <= at_most < 2**63 or at_most is True):
            raise InvalidInput("at_most", "a positive integer of 64 bits is expected")
        return self._reader.count(self._question(1), at_most=at_most)[0].numbers[0]

    def count_by(self, *dimensions: str, tz: Any = None) -> list[Count]:
        """Return the counts by one or several dimensions, in ascending order of their keys.

        ``type``, ``category``, ``channel``, ``direction``, ``actor``, ``team``, ``status``, ``assignee``,
        ``subject`` (an entry counts once for each), and one of ``hour``, ``day``, ``week`` (from Monday), ``month``
        in the zone ``tz``, by default the log's.

        Raises:
            InvalidInput: there is no such dimension or zone.
        """
        found = self._settings.tz if tz is None else zone(tz)
        return counted(self._reader, self._question(1), dimensions, found)

    def metrics(self, *, tz: Any = None) -> Metrics:
        """Return what the timeline tells in numbers, as of now, in the zone ``tz``, by default the log's.

        Raises:
            InvalidInput: there is no such zone.
        """
        found = self._settings.tz if tz is None else zone(tz)
        now = instant("clock", self._settings.clock(), self._settings.tz)
        return Metrics(reader=self._reader, question=self._question(1), tz=found, now=now)

    def concerns(self, activity: Activity) -> bool:
        """Tell whether an entry is linked to one of the subjects, or to one that was merged with it.

        Filters and what the viewer may see play no part: what this is true of may change an answer, other entries
        do not.
        """
        if activity.tenant not in self.tenants:
            return False
        if not self._subjects:
            return True
        groups = self._reader.groups(activity.tenant)
        asked = {groups.root(subject) for subject in self._subjects}
        linked = (*activity.subjects, *activity.parents, activity.source)
        return any(groups.root(str(ref)) in asked for ref in linked if ref is not None)

    def explain(self) -> str:
        """Return, for people, how the store answers a page of this timeline.

        Raises:
            NotAllowed: the timeline is limited to a viewer; plans tell of what is hidden.
        """
        return self._reader.explain(self._question(21))

    def __repr__(self) -> str:
        return f"<Timeline of {', '.join(self._subjects) or 'everything'}, {self._order.name.lower()}>"

    def __bool__(self) -> NoReturn:
        raise TypeError("a timeline is a question, neither true nor false: ask exists()")

    # -- how ------------------------------------------------------------------------------------------------------

    def _question(self, limit: int) -> Question:
        return Question(
            subjects=self._subjects,
            selection=self._selection,
            order=self._order,
            newest_first=self._newest_first,
            limit=limit,
        )

    def _fetch(self, question: Question) -> Sequence[Record]:
        self._viewed(self._subjects)
        return self._reader.fetch(question)

    def _items(
        self, limit: int, start: Position | None, end: Position | None, *, backward: bool
    ) -> tuple[list[ItemT], bool]:
        """Up to ``limit`` items between two positions, and whether there are more beyond."""
        if self._window is None:
            found = self._fetch(evolve(self._question(limit + 1), after=start, before=end))
            more = len(found) > limit
            kept = found[1:] if more and backward else found[:limit]
            return cast("list[ItemT]", [self._activity(record) for record in kept]), more
        if not backward:
            items = list(islice(self._walk(start, end, newest_first=self._newest_first, chunk=4 * limit), limit + 1))
            return items[:limit], len(items) > limit
        turned = list(islice(self._walk(end, None, newest_first=not self._newest_first, chunk=4 * limit), limit + 1))
        folded = [Fold(fold.activities[::-1]) for fold in reversed(turned[:limit]) if isinstance(fold, Fold)]
        return cast("list[ItemT]", folded), len(turned) > limit

    def _walk(
        self, start: Position | None, end: Position | None, *, newest_first: bool, chunk: int = _CHUNK
    ) -> Iterator[ItemT]:
        activities = map(self._activity, self._records(start, end, newest_first=newest_first, chunk=chunk))
        if self._window is None:
            return cast("Iterator[ItemT]", activities)
        return cast("Iterator[ItemT]", folds(activities, self._window, self._reader.groups))

    def _records(
        self, start: Position | None, end: Position | None, *, newest_first: bool, chunk: int
    ) -> Iterator[Record]:
        """Read in parts: the first of about ``chunk``, for most folds are of few entries, the others larger."""
        size = min(max(chunk, 50), _CHUNK)
        question = evolve(self._question(size), newest_first=newest_first, after=start, before=end)
        while records := self._fetch(question):
            yield from records
            if len(records) < question.limit:
                return
            question = evolve(question, after=self._at(records[-1]), limit=_CHUNK)

    def _at(self, record: Record) -> Position:
        return Position(getattr(record, self._order.value), record.id)

    def _place(self, activity: Activity) -> Position:
        return self._at(activity._record)  # noqa: SLF001 -- a timeline makes activities of records

    def _activity(self, record: Record) -> Activity:
        return Activity(record, self._reader.type_of(record), self._language)

    def _cursors(self, order: str | None = None) -> Cursors:
        direction = "newest" if self._newest_first else "oldest"
        first, *others = self._reader.tenants
        tenant = "\n".join([first, *others])
        return Cursors(self._key(first), tenant, self._subjects, order or f"{self._order.name} {direction}")

    def _mark(self) -> str:
        return self._cursors("arrived").token(
            self._settings.marks.give(instant("clock", self._settings.clock(), self._settings.tz))
        )


def _outer(item: Activity | Fold, index: int) -> Activity:
    return item.activities[index] if isinstance(item, Fold) else item


def _nudged(position: Position | None, *, towards_end: bool) -> Position | None:
    """The place beside a position: where a page is empty, the entry at its token belongs to the neighbouring page."""
    if position is None:
        return None
    return Position(position.at, type(position.id)(int=position.id.int + (-1 if towards_end else 1)))


def _earlier(position: Position, overlap: timedelta) -> Position:
    if not isinstance(overlap, timedelta) or overlap < timedelta(0):
        raise InvalidInput("overlap", "a timedelta that is not negative is expected")
    return position if not overlap else Position(max(position.at - overlap, EARLIEST), UUID(int=0))


def _check_limit(limit: Any) -> int:
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= PAGE_MAX:
        raise InvalidInput("limit", f"an integer from 1 to {PAGE_MAX:,} is expected; to read all, iterate")
    return limit
