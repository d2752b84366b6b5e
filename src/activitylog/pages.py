"""Pages of a timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

from attrs import frozen

from activitylog.activity import Activity
from activitylog.folding import Fold

__all__ = ["Page"]

ItemT = TypeVar("ItemT", bound="Activity | Fold", covariant=True)


@frozen(kw_only=True)
class Page(Sequence[ItemT], Generic[ItemT]):
    """Some neighbouring items of a timeline, in its order; a sequence of them.

    Attributes:
        items: the activities, or the folds of a folded timeline.
        next: the token for ``after=`` of the page that follows, or None.
        previous: the token for ``before=`` of the page that comes before, or None.
        mark: the token for ``arrived(after=…)``: what is recorded later than this page was read.
    """

    items: tuple[ItemT, ...]
    next: str | None
    previous: str | None
    mark: str

    @overload
    def __getitem__(self, index: int) -> ItemT: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ItemT]: ...
    def __getitem__(self, index: int | slice) -> ItemT | Sequence[ItemT]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[ItemT]:
        return iter(self.items)

    def to_dict(self) -> dict[str, Any]:
        """Return the page as plain JSON values."""
        items = [item.to_dict() for item in self.items]
        return {"items": items, "next": self.next, "previous": self.previous, "mark": self.mark}
