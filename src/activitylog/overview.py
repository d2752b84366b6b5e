"""Overviews: the timeline of a subject in sections, with what is open in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Unpack

from attrs import evolve, field, frozen

from activitylog.activity import Activity
from activitylog.draft import single
from activitylog.errors import InvalidInput
from activitylog.filters import Filters
from activitylog.language import Text, translated
from activitylog.limits import CODE, checked_text
from activitylog.pages import Page
from activitylog.refs import Ref, RefLike
from activitylog.storage import ALWAYS, NEVER, Field, In, Tally
from activitylog.timeline import Timeline
from activitylog.types import ActivityType

__all__ = ["Overview", "Section", "checked_sections"]


def _type_names(given: Any) -> tuple[str, ...]:
    listed = (given,) if isinstance(given, str | ActivityType) else given
    if not isinstance(listed, Iterable):
        raise InvalidInput("types", f"names of types are expected, not {type(given).__name__}")
    names = (each.name if isinstance(each, ActivityType) else each for each in listed)
    return tuple(checked_text("types", name, CODE, required=True) for name in names)


@frozen
class Section:
    """A part of an overview: the entries of some types, or of a category; where both are said, both must hold.

    Args:
        label: its name for people.
        types: names of types.
        category: of types.

    Raises:
        InvalidInput: neither types nor a category are given, or a value does not fit.
    """

    label: Text
    types: tuple[str, ...] = field(default=(), converter=_type_names, kw_only=True)
    category: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        checked_text("category", self.category, CODE)
        if not self.types and not self.category:
            raise InvalidInput("types", "a section needs types, or a category")

    def holds(self, type: str, category: str) -> bool:
        """Tell whether entries of this type and category belong to it."""
        return (not self.types or type in self.types) and (not self.category or category == self.category)


def checked_sections(given: Any) -> dict[str, Section]:
    """Return sections by name.

    Raises:
        InvalidInput: there is none, or one is no ``Section``.
    """
    if not isinstance(given, Mapping) or not given:
        raise InvalidInput("sections", "a mapping from names to sections is expected, and not an empty one")
    for name, section in given.items():
        checked_text("sections", name, CODE, required=True)
        if not isinstance(section, Section):
            raise InvalidInput(f"sections.{name}", f"a Section is expected, not {type(section).__name__}")
    return dict(given)


@frozen(eq=False, repr=False)
class Overview(Mapping[str, Timeline[Activity]]):
    """The timelines of a subject by section: a mapping from a section's name to its timeline, in the given order.

    It does no I/O until it is asked for counts or pages.
    """

    _timeline: Timeline[Activity]
    _sections: Mapping[str, Section]

    def __getitem__(self, name: str) -> Timeline[Activity]:
        section = self._sections[name]
        return self._timeline.filter(types=section.types or None, category=section.category or None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sections)

    def __len__(self) -> int:
        return len(self._sections)

    def __repr__(self) -> str:
        return f"<Overview of {', '.join(self._sections)}>"

    def label(self, name: str) -> str:
        """Return a section's name for people, in the language of when the overview was made."""
        return translated(self._sections[name].label, self._timeline._language)  # noqa: SLF001 -- one with its timeline

    def filter(self, **filters: Unpack[Filters]) -> Overview:
        """Return the overview with all its timelines narrowed; see ``Timeline.filter``."""
        return evolve(self, timeline=self._timeline.filter(**filters))

    def counts(self, *, mine: RefLike | None = None) -> dict[str, dict[str, tuple[int, int]]]:
        """Return how many entries each section has by status: all of them, and those that are assigned to ``mine``.

        All by one count of the store, and a second one for what a viewer sees redacted (``REDACTED``). Every status
        that a section's types declare is there, in their order; what has no status is counted under an empty text.
        """
        whose = None if mine is None else single("mine", mine)
        found = {name: self._declared(section) for name, section in self._sections.items()}
        for tally in self._tallies(whose):
            type, category, status = map(str, tally.key)
            for name, section in self._sections.items():
                if section.holds(type, category):
                    before = found[name].get(status, (0, 0))
                    found[name][status] = before[0] + tally.numbers[0], before[1] + tally.numbers[1]
        return found

    def pages(self, limit: int = 10) -> dict[str, Page[Activity]]:
        """Return the first page of each section, with one query for each.

        Raises:
            InvalidInput: the limit does not fit.
        """
        return {name: timeline.page(limit) for name, timeline in self.items()}

    def _tallies(self, mine: Ref | None) -> Sequence[Tally]:
        whose = NEVER if mine is None else In(Field.ASSIGNEE, [str(mine)])
        by = (Field.TYPE, Field.CATEGORY, Field.STATUS)
        timeline = self._timeline
        return timeline._reader.count(timeline._question(1), by=by, cases=(ALWAYS, whose))  # noqa: SLF001

    def _declared(self, section: Section) -> dict[str, tuple[int, int]]:
        known = self._timeline._selection.types  # noqa: SLF001
        types = (declared for declared in known if section.holds(declared.name, declared.category))
        return {status: (0, 0) for declared in types for status in declared.statuses}
