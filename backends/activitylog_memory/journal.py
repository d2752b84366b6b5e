"""What an open transaction could still take back, and what it owes its callers at the end."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

__all__ = ["Journal"]


@define
class Journal:
    """How to undo each write, and whom to call back, in the order in which they came."""

    undo: list[Callable[[], object]] = field(factory=list)
    callbacks: list[Callable[[], None]] = field(factory=list)

    def mark(self) -> tuple[int, int]:
        """Return the present place, to which ``roll_back`` can return."""
        return len(self.undo), len(self.callbacks)

    def roll_back(self, mark: tuple[int, int]) -> None:
        """Undo, the last first, what was written since the mark, and forget the callbacks since then."""
        writes, callbacks = mark
        while len(self.undo) > writes:
            self.undo.pop()()
        del self.callbacks[callbacks:]
