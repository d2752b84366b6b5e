"""What a log is made with, checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal

from attrs import field, frozen

from activitylog.actors import checked_actor
from activitylog.belonging import Parents
from activitylog.catalog import Catalog
from activitylog.errors import InvalidInput
from activitylog.language import checked_language
from activitylog.limits import CODE, checked_text
from activitylog.marks import Marks
from activitylog.scope import ActorSource
from activitylog.sight import Policy
from activitylog.times import MILLISECOND, Clock, instant, now, zone
from activitylog.types import TypeRegistry

__all__ = ["Settings"]


def _registry(given: Any) -> TypeRegistry:
    if given is None:
        return TypeRegistry()
    if not isinstance(given, TypeRegistry | Catalog):
        raise InvalidInput("types", f"a TypeRegistry is expected, not {type(given).__name__}")
    return given.registry if isinstance(given, Catalog) else given


def _checked(converter: Callable[[Any], Any]) -> Any:
    return field(converter=converter)


def _function(name: str) -> Callable[[Any], Any]:
    def checked(given: Any) -> Any:
        if given is not None and not callable(given):
            raise InvalidInput(name, f"a function is expected, not {type(given).__name__}")
        return given

    return checked


def _flag(name: str) -> Callable[[Any], bool]:
    def checked(given: Any) -> bool:
        if not isinstance(given, bool):
            raise InvalidInput(name, f"True or False is expected, not {type(given).__name__}")
        return given

    return checked


def _actor(given: Any) -> ActorSource | None:
    return given if callable(given) else checked_actor(given)


def _tenant(given: Any) -> str:
    return checked_text("tenant", given, CODE, required=True)


def _clock(given: Any) -> Clock:
    found: Clock = now if given is None else _function("clock")(given)
    return found


def _unavailable(given: Any) -> Any:
    if given not in ("raise", "log"):
        raise InvalidInput("on_unavailable", f"{given!r} is neither 'raise' nor 'log'")
    return given


def _window(given: Any) -> timedelta | None:
    if given is not None and (not isinstance(given, timedelta) or given < MILLISECOND):
        raise InvalidInput("log_reads", "a timedelta of a millisecond at least is expected, or None")
    return given


@frozen(kw_only=True)
class Settings:
    """What a log is made with; each is told at ``ActivityLog``.

    Raises:
        InvalidInput: one does not fit.
    """

    types: TypeRegistry = field(converter=_registry)
    actor: ActorSource | None = _checked(_actor)
    tenant: str = _checked(_tenant)
    """Where no scope names one."""
    require_tenant: bool = _checked(_flag("require_tenant"))
    require_viewer: bool = _checked(_flag("require_viewer"))
    parents: Parents | None = _checked(_function("parents"))
    policy: Policy | None = _checked(_function("policy"))
    language: str = _checked(checked_language)
    tz: tzinfo = _checked(zone)
    on_unavailable: Literal["raise", "log"] = _checked(_unavailable)
    log_reads: timedelta | None = _checked(_window)
    clock: Clock = field(converter=_clock)
    marks: Marks = field(factory=Marks)

    def present(self) -> datetime:
        """Return the present time by the clock.

        Raises:
            InvalidInput: the clock gives no aware time.
        """
        present = self.clock()
        return present if self.clock is now else instant("clock", present, self.tz)
