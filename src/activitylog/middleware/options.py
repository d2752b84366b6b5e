"""What the host tells a middleware, and the scope of one request that comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from attrs import field, frozen

from activitylog.actors import checked_actor
from activitylog.errors import InvalidInput
from activitylog.limits import CODE, IDENTIFIER, checked_text
from activitylog.log import ActivityLog
from activitylog.middleware.facts import checked_proxies, request_context
from activitylog.middleware.languages import checked_languages, negotiated_language
from activitylog.scope import scope

__all__ = ["Options"]


def _plain(name: str, given: Any) -> bool:
    if iscoroutinefunction(given) or iscoroutinefunction(getattr(given, "__call__", None)):  # noqa: B004
        raise InvalidInput(name, "a plain function is expected, not an asynchronous one")
    return callable(given)


def _actor(given: Any) -> Any:
    return given if _plain("actor", given) else checked_actor(given)


def _tenant(given: Any) -> Any:
    return given if given is None or _plain("tenant", given) else checked_text("tenant", given, CODE, required=True)


def _origin(given: Any) -> str:
    return checked_text("origin", given, IDENTIFIER)


def _proxies(given: Iterable[str]) -> tuple[str, ...]:
    checked_proxies(given)
    return tuple(given)


def _log(given: Any) -> ActivityLog | None:
    if given is not None and not isinstance(given, ActivityLog):
        raise InvalidInput("log", f"an ActivityLog is expected, not {type(given).__name__}")
    return given


@frozen(kw_only=True)
class Options:
    """What a middleware was made with; each is told at ``WSGIMiddleware``.

    Raises:
        InvalidInput: one does not fit.
    """

    actor: Any = field(default=None, converter=_actor)
    tenant: Any = field(default=None, converter=_tenant)
    languages: tuple[str, ...] = field(default=(), converter=checked_languages)
    trusted_proxies: tuple[str, ...] = field(default=(), converter=_proxies)
    origin: str = field(default="web", converter=_origin)
    log: ActivityLog | None = field(default=None, converter=_log)

    def scope_of(self, request: Any, *, headers: Mapping[str, str], remote_addr: str) -> scope:
        """Return the scope of a request; ``request`` is what the host's functions are given."""
        return scope(
            actor=partial(self.actor, request) if callable(self.actor) else self.actor,
            tenant=self.tenant(request) if callable(self.tenant) else self.tenant,
            language=negotiated_language(headers.get("accept-language", ""), self.languages),
            context=request_context(
                headers=headers,
                remote_addr=remote_addr,
                trusted_proxies=self.trusted_proxies,
                origin=self.origin,
            ),
            log=self.log,
        )
