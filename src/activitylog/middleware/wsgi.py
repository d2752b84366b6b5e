"""The middleware for WSGI."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from activitylog.actors import Actor
from activitylog.log import ActivityLog
from activitylog.middleware.options import Options

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["WSGIMiddleware"]


class WSGIMiddleware:
    """Runs each request of a WSGI application within a scope, until its body is closed.

    Put it within whatever signs people in. The application runs in a context of its own (``contextvars``), so that
    nothing of a request is left behind in a worker's thread.

    Args:
        app: the application.
        actor: who acts, or a function of the WSGI environment, asked when something is recorded; None is nobody known.
        tenant: the tenant, or a function of the environment, asked when the request begins; None is the log's own.
        languages: those that the host has texts in; ``Accept-Language`` chooses. By default the log's own language.
        trusted_proxies: whose ``X-Forwarded-For`` is believed, as ``request_context``.
        origin: where requests come from, ``web`` or ``api``.
        log: the log that ``Tracked`` objects use within a request.

    Raises:
        InvalidInput: a value does not fit.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        actor: Actor | Callable[[WSGIEnvironment], Actor | None] | None = None,
        tenant: str | Callable[[WSGIEnvironment], str | None] | None = None,
        languages: Iterable[str] = (),
        trusted_proxies: Iterable[str] = (),
        origin: str = "web",
        log: ActivityLog | None = None,
    ) -> None:
        self._app = app
        self._options = Options(
            actor=actor, tenant=tenant, languages=languages, trusted_proxies=trusted_proxies, origin=origin, log=log
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        context = copy_context()
        return _Body(context, context.run(self._answered, environ, start_response))

    def _answered(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
        }
        # Never left: its context ends with the request.
        self._options.scope_of(environ, headers=headers, remote_addr=environ.get("REMOTE_ADDR") or "").__enter__()
        return self._app(environ, start_response)


class _Body:
    """The application's body, each step of which runs in the request's context."""

    def __init__(self, context: Context, body: Iterable[bytes]) -> None:
        self._context = context
        self._body = body
        self._steps: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._steps is None:
            self._steps = self._context.run(iter, self._body)
        return self._context.run(next, self._steps)

    def close(self) -> None:
        close: Any = getattr(self._body, "close", None)
        if close is not None:
            self._context.run(close)
