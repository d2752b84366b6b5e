"""What becomes of connections when the process forks: a child never uses, and never closes, those of its parent."""

from __future__ import annotations

import os
from typing import Any, Final

from activitylog_sql._database import databases

__all__ = ["leave_to_parent"]

_left: Final[list[Any]] = []


def leave_to_parent(*things: Any) -> None:
    """Keep these for as long as the child lives, so that nothing closes them."""
    _left.extend(things)


def _before_fork() -> None:
    for database in list(databases):
        database.before_fork()


def _after_fork_in_child() -> None:
    for database in list(databases):
        database.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_in_child)
