"""The ambient scope: who acts, for which tenant, in which language, from where.

One context variable holds a chain of frames. Leaving a scope takes its own frame off the chain, wherever it is left;
where the chain does not hold it, nothing happens. So a scope nests, restores, and holds in threads and asyncio.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast

from attrs import field, frozen

from activitylog.actors import Actor, checked_actor
from activitylog.context import Context
from activitylog.errors import InvalidInput
from activitylog.language import checked_language
from activitylog.limits import CODE, checked_text
from activitylog.refs import Ref

if TYPE_CHECKING:
    from activitylog.log import ActivityLog

__all__ = ["ActorSource", "Provider", "Surroundings", "scope"]

ActorSource = Actor | Callable[[], Actor | None]
"""An actor, or a function that knows it when something is recorded; None from it means nobody known."""

_F = TypeVar("_F", bound=Callable[..., Any])


@frozen(kw_only=True)
class Surroundings:
    """What a scope, or a provider of an adapter's, says; None says nothing."""

    actor: ActorSource | None = None
    tenant: str | None = None
    team: str | None = None
    language: str | None = None
    context: Context | None = None
    log: ActivityLog | None = field(default=None, eq=False)

    def __attrs_post_init__(self) -> None:
        if not callable(self.actor):
            checked_actor(self.actor)
        if self.tenant is not None:
            checked_text("tenant", self.tenant, CODE, required=True)
        if self.team is not None:
            checked_text("team", self.team, CODE)
        if self.language is not None:
            checked_language(self.language)
        if self.context is not None and not isinstance(self.context, Context):
            raise InvalidInput("context", f"a Context is expected, not {type(self.context).__name__}")

    def over(self, outer: Surroundings) -> Surroundings:
        """Return these values, and those of the outer ones where these say nothing."""
        return Surroundings(
            actor=outer.actor if self.actor is None else self.actor,
            tenant=outer.tenant if self.tenant is None else self.tenant,
            team=outer.team if self.team is None else self.team,
            language=outer.language if self.language is None else self.language,
            context=outer.context if self.context is None else self.context,
            log=outer.log if self.log is None else self.log,
        )

    def actor_now(self) -> Actor | None:
        """Return the actor, asking the function that knows it."""
        return asked_actor(self.actor)


def asked_actor(source: ActorSource | None) -> Actor | None:
    """Return the actor, or what the function says that knows it."""
    return checked_actor(source() if callable(source) else source)


Provider = Callable[[], Surroundings | None]
"""Gives what an adapter's request says, below every scope; None outside of a request."""


@frozen(eq=False)
class _Frame:
    values: Surroundings
    """What this frame and all outer ones say together."""
    owner: scope
    outer: _Frame | None


NOTHING: Final = Surroundings()
_current: Final[ContextVar[_Frame | None]] = ContextVar("activitylog_scope", default=None)


def surroundings() -> Surroundings:
    """Return what the scopes around the caller say together."""
    frame = _current.get()
    return NOTHING if frame is None else frame.values


class scope:  # noqa: N801 -- used as a verb: with scope(actor=lea)
    """Say who acts, and where, for all that is recorded and read within: ``with``, ``async with`` or decorator.

    An inner scope changes what it names and leaves the rest. ``actor`` may be a function, asked when something is
    recorded. ``log`` is the log that ``Tracked`` objects use.

    Raises:
        InvalidInput: a value does not fit.
    """

    __slots__ = ("_values",)
    _restored: ClassVar[tuple[str, ...]] = ("tenant", "team", "language")

    def __init__(
        self,
        *,
        actor: ActorSource | None = None,
        tenant: str | None = None,
        team: str | None = None,
        language: str | None = None,
        context: Context | None = None,
        log: ActivityLog | None = None,
    ) -> None:
        self._values = Surroundings(actor=actor, tenant=tenant, team=team, language=language, context=context, log=log)

    def __enter__(self) -> None:
        _current.set(self._within(_current.get()))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.set(self._taken_off(_current.get()))

    def _within(self, outer: _Frame | None) -> _Frame:
        values = self._values if outer is None else self._values.over(outer.values)
        return _Frame(values, self, outer)

    def _taken_off(self, frame: _Frame | None) -> _Frame | None:
        """Return the chain without this scope's innermost frame; scopes that are still open within it stay."""
        if frame is None or frame.owner is self:
            return None if frame is None else frame.outer
        outer = self._taken_off(frame.outer)
        return frame if outer is frame.outer else frame.owner._within(outer)  # noqa: SLF001 -- a scope too

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: _F) -> _F:
        """Return the function (or coroutine function) so that each of its calls runs within this scope.

        Raises:
            InvalidInput: it is a generator, which runs in turn with its caller, who would be in the scope too.
        """
        called = function if inspect.isroutine(function) else type(function).__call__
        if inspect.isgeneratorfunction(called) or inspect.isasyncgenfunction(called):
            raise InvalidInput("function", "a generator cannot be decorated: write `with scope(…):` within it")
        if inspect.iscoroutinefunction(called):

            @functools.wraps(function)
            async def within_async(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return cast("_F", within_async)

        @functools.wraps(function)
        def within(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return cast("_F", within)

    @staticmethod
    def capture() -> dict[str, Any]:
        """Return the scope around the caller as JSON, for the headers of a job; the actor is asked for now.

        The log is not part of it.
        """
        values = surroundings()
        captured: dict[str, Any] = {name: getattr(values, name) for name in scope._restored}
        actor = values.actor_now()
        captured["actor"] = None if actor is None else _actor_to_dict(actor)
        captured["context"] = None if values.context is None else values.context.to_dict()
        return {name: value for name, value in captured.items() if value is not None}

    @staticmethod
    def restore(captured: Mapping[str, Any]) -> scope:
        """Return a scope with what ``capture`` gave, in another process perhaps: ``with scope.restore(d): …``.

        Raises:
            InvalidInput: it is not what ``capture`` gives.
        """
        try:
            actor, context = captured.get("actor"), captured.get("context")
            return scope(
                actor=None if actor is None else _actor_from_dict(actor),
                context=None if context is None else Context.from_dict(context),
                **{name: captured.get(name) for name in scope._restored},
            )
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            raise InvalidInput("captured", "is not what scope.capture() gave") from error


def _actor_to_dict(actor: Actor) -> dict[str, Any]:
    ref, behalf = actor.ref, actor.behalf
    found: dict[str, Any] = {"as": actor.kind, "ref": [ref.kind, ref.id, ref.label]}
    if behalf is not None:
        found["behalf"] = [behalf.kind, behalf.id, behalf.label]
        found["behalf_as"] = actor.behalf_kind
    return found


def _actor_from_dict(found: Mapping[str, Any]) -> Actor:
    behalf = found.get("behalf")
    return Actor(found["as"], _ref(found["ref"]), None if behalf is None else _ref(behalf), found.get("behalf_as", ""))


def _ref(found: Any) -> Ref:
    kind, id, label = found if isinstance(found, list | tuple) else ()
    return Ref(kind, id, label)
