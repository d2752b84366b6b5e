"""The request of now, and what it says of who acts, where, and from where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Final

from django.utils.translation import get_language

from activitylog import Actor, scope
from activitylog.errors import InvalidInput
from activitylog.middleware import Surroundings, request_context
from activitylog.scope import surroundings
from activitylog_django.configuration import Configuration, wrong
from activitylog_django.refs import ref_of

__all__ = ["ambient", "provider_of", "within"]

_request: Final[ContextVar[Any]] = ContextVar("activitylog_django_request", default=None)


@contextmanager
def within(request: Any) -> Iterator[None]:
    """Make this the request of now."""
    outer = _request.get()
    _request.set(request)
    try:
        yield
    finally:
        _request.set(outer)  # not by a token, which is good in its own context only


def provider_of(configuration: Configuration) -> Callable[[], Surroundings | None]:
    """Return the function that says what the request of now says, and nothing where there is none."""

    def provided() -> Surroundings | None:
        request = _request.get()
        if request is None:
            return None
        return Surroundings(
            actor=partial(_actor, configuration, request),
            tenant=_tenant(configuration, request),
            language=get_language(),
            context=request_context(
                headers={name.lower(): value for name, value in request.headers.items()},
                remote_addr=request.META.get("REMOTE_ADDR") or "",
                trusted_proxies=configuration.trusted_proxies,
            ),
        )

    return provided


def ambient(configuration: Configuration) -> scope:
    """Return a scope of all that scopes and the request say now, for what is done later, or elsewhere."""
    around = surroundings().over(provider_of(configuration)() or Surroundings())
    return scope(
        actor=around.actor_now(),
        tenant=around.tenant,
        team=around.team,
        language=around.language,
        context=around.context,
    )


def user_of(request: Any) -> Any:
    """Return who is signed in, or None."""
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def actor_of(user: Any) -> Actor:
    """Return a user as an actor, by the full name where there is one."""
    full_name = getattr(user, "get_full_name", str)()
    ref = ref_of(user)
    return Actor.user(ref, full_name[:120] if full_name else ref.label)


def _actor(configuration: Configuration, request: Any) -> Actor | None:
    if not isinstance(configuration.actor, Actor):
        found = configuration.actor(request)
        if found is not None and not isinstance(found, Actor):
            raise wrong("ACTOR", f"the function gave a {type(found).__name__}, and not an Actor")
        return found
    user = user_of(request)
    if user is None:
        return Actor.anonymous()
    real = configuration.impersonator(request) if configuration.impersonator else None
    return actor_of(user) if real is None else actor_of(real).on_behalf_of(actor_of(user))


def _tenant(configuration: Configuration, request: Any) -> str | None:
    if not callable(configuration.tenant):
        return configuration.tenant
    found = configuration.tenant(request)
    if found is not None and not isinstance(found, str):
        raise InvalidInput("tenant", f"the function in ACTIVITYLOG['TENANT'] gave a {type(found).__name__}, not a text")
    return found
