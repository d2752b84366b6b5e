"""Statuses of a type: which there are, which is first, which can follow which, and which are final."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from activitylog.errors import InvalidInput, TransitionNotAllowed
from activitylog.language import Text
from activitylog.limits import CODE, checked_text

__all__ = ["Status", "check_transition", "declared_statuses", "following"]


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput("final", f"True or False is expected, not {type(value).__name__}")
    return value


def _names(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, Iterable):
        raise InvalidInput("to", f"names of statuses are expected, not {type(value).__name__}")
    return tuple(checked_text("to", name, CODE) for name in ((value,) if isinstance(value, str) else value))


@frozen
class Status:
    """One status of a type.

    Attributes:
        label: its name for people; by default its name.
        to: the statuses that can follow; None allows all others, but none after a final one.
        final: nothing is open any more.
    """

    label: Text = ""
    to: tuple[str, ...] | None = field(default=None, converter=_names, kw_only=True)
    final: bool = field(default=False, converter=_flag, kw_only=True)


def declared_statuses(given: Iterable[str] | Mapping[str, Status]) -> Mapping[str, Status]:
    """Return the statuses by name; of bare names the last one is final.

    Raises:
        InvalidInput: a name is malformed or twice there, or one leads to a status that is not declared.
    """
    if isinstance(given, str):
        raise InvalidInput("statuses", f"a list of names is expected, not the text {given!r}")
    if not isinstance(given, Iterable):
        raise InvalidInput("statuses", f"names, or a mapping to Status, are expected, not {type(given).__name__}")
    if isinstance(given, Mapping):
        statuses = dict(given)
    else:
        names = [checked_text("status", name, CODE, required=True) for name in given]
        statuses = {name: Status(final=name == names[-1]) for name in names}
        if len(statuses) != len(names):
            raise InvalidInput("statuses", "a name stands there twice")
    for name, status in statuses.items():
        checked_text("status", name, CODE, required=True)
        if not isinstance(status, Status):
            raise InvalidInput("statuses", f"{name!r} must be a Status, not {type(status).__name__}")
        for target in status.to or ():
            if target not in statuses:
                raise InvalidInput("statuses", f"{name!r} leads to {target!r}, which is not declared")
    return statuses


def following(statuses: Mapping[str, Status], current: str) -> tuple[str, ...]:
    """Return the statuses that can follow the current one."""
    status = statuses.get(current)
    if status is not None and status.to is not None:
        return status.to
    if status is not None and status.final:
        return ()
    return tuple(name for name in statuses if name != current)


def check_transition(type: str, statuses: Mapping[str, Status], current: str, status: str) -> None:
    """Raise where the status cannot follow the current one.

    Raises:
        TransitionNotAllowed: ``allowed`` says which can.
    """
    allowed = following(statuses, current)
    if status not in allowed:
        names = ", ".join(map(repr, allowed)) or "nothing"
        raise TransitionNotAllowed(
            f"status: a {type!r} does not go from {current!r} to {str(status)[:80]!r}; {names} can follow", allowed
        )
