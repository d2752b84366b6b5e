"""The middleware for ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from activitylog.actors import Actor
from activitylog.log import ActivityLog
from activitylog.middleware.options import Options

__all__ = ["ASGIMiddleware"]

ASGIScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[ASGIScope, Receive, Send], Awaitable[None]]


class ASGIMiddleware:
    """Runs each request and each WebSocket of an ASGI application within a scope, until the application is done.

    That holds for its background tasks too, and for functions that the framework runs in threads. Put it within
    whatever signs people in. Other events, such as ``lifespan``, pass.

    Args:
        app: the application.
        actor: who acts, or a plain function of the ASGI scope, asked when something is recorded; None is nobody known.
        tenant: the tenant, or a plain function of the ASGI scope, asked when the request begins; None is the log's own.
        languages, trusted_proxies, origin, log: as ``WSGIMiddleware``.

    Raises:
        InvalidInput: a value does not fit.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        actor: Actor | Callable[[ASGIScope], Actor | None] | None = None,
        tenant: str | Callable[[ASGIScope], str | None] | None = None,
        languages: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        origin: str = "web",
        log: ActivityLog | None = None,
    ) -> None:
        self._app = app
        self._options = Options(
            actor=actor, tenant=tenant, languages=languages, trusted_proxies=trusted_proxies, origin=origin, log=log
        )

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        with self._options.scope_of(scope, headers=_headers(scope), remote_addr=client[0] if client else ""):
            await self._app(scope, receive, send)


def _headers(scope: ASGIScope) -> dict[str, str]:
    """Return the headers; those of one name joined, as in WSGI."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]},{value}" if name in found else value
    return found
