"""Viewers: who is asking."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from attrs import field, frozen

from activitylog.errors import InvalidInput, NotAllowed
from activitylog.limits import CODE, checked_text
from activitylog.refs import principals, several

__all__ = ["UNDECLARED", "Viewer", "check_trusted"]

UNDECLARED: Final = "types.undeclared"
"""The permission to see entries whose type is not declared (any more)."""

EVERYBODY: Final = "*"
_TEAM: Final = "team:"


def _principals(given: Any) -> frozenset[str]:
    listed = tuple(given) if several(given) else given  # an iterator can be looked at once only
    found = frozenset() if listed == () else frozenset(principals("principals", listed))
    if EVERYBODY in found:
        raise InvalidInput("principals", "'*' is everybody, and no one who asks: name the viewer and their groups")
    return found


def _permissions(given: Any) -> frozenset[str]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidInput("permissions", "several texts are expected, such as ('mail.read',)")
    return frozenset(checked_text("permissions", name, CODE, required=True) for name in given)


@frozen
class Viewer:
    """Who is asking: what ``log.visible_to(viewer)`` limits every read and every edit to.

    Args:
        principals: the viewer and their groups, as refs; a team is ``team:<name>``. Readers and editors of entries are
            compared with them.
        permissions: which permissions of types they have; ``types.undeclared`` shows entries of undeclared types.
        internal: False for a customer, who sees only what is meant for customers and about one of the principals.

    Raises:
        InvalidInput: a value does not fit.
    """

    principals: frozenset[str] = field(default=frozenset(), converter=_principals)
    permissions: frozenset[str] = field(default=frozenset(), converter=_permissions, kw_only=True)
    internal: bool = field(default=True, kw_only=True)
    _sees_all: bool = field(default=False, kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.internal, bool):
            raise InvalidInput("internal", f"True or False is expected, not {type(self.internal).__name__}")

    @classmethod
    @cache
    def unlimited(cls) -> Viewer:
        """Return the viewer that sees everything: the host's own trusted code."""
        return cls(sees_all=True)

    @property
    def is_limited(self) -> bool:
        """Whether there may be anything that this viewer must not see."""
        return not self._sees_all

    @property
    def teams(self) -> frozenset[str]:
        """The names of the teams among the principals."""
        return frozenset(name.removeprefix(_TEAM) for name in self.principals if name.startswith(_TEAM))

    @property
    def own(self) -> frozenset[str]:
        """The principals that are no teams: for a customer, what an entry must be about."""
        return frozenset(name for name in self.principals if not name.startswith(_TEAM))

    def may_edit(self, editors: Iterable[str]) -> bool:
        """Tell whether these editors let the viewer edit; ``*`` is every internal one."""
        listed = frozenset(editors)
        return not self.is_limited or not listed.isdisjoint(self.principals) or (self.internal and EVERYBODY in listed)


def check_trusted(viewer: Viewer | None, what: str) -> None:
    """Raise ``NotAllowed`` where a log is limited to a viewer, and only the host's trusted code does this."""
    if viewer is not None and viewer.is_limited:
        raise NotAllowed(f"{what} is not to be had of a log that is limited to a viewer: use the log itself")
