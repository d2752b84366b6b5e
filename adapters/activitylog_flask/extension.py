"""The extension object: one for any number of apps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import Flask, current_app
from werkzeug.local import LocalProxy

from activitylog import ActivityLog, Actor, Draft, Link, Viewer
from activitylog.errors import InvalidInput
from activitylog.signals import refuse_awaitable
from activitylog_flask.blueprint import mount
from activitylog_flask.commands import command
from activitylog_flask.configuration import configured
from activitylog_flask.state import Loaders, State, state

__all__ = ["ActivityLogExtension", "current_log"]

_A = TypeVar("_A", bound=Callable[[], Actor | None])
_T = TypeVar("_T", bound=Callable[[], str | None])
_V = TypeVar("_V", bound=Callable[[], Viewer])
_R = TypeVar("_R", bound=Callable[[tuple[str, ...]], dict[Any, Link]])
_F = TypeVar("_F", bound=Callable[..., Draft | Iterable[Draft] | None])


class ActivityLogExtension:
    """Gives Flask applications an activity log: ``ActivityLogExtension(app)``, or ``init_app(app)`` in a factory.

    One extension serves any number of apps, each with its own store and configuration. Functions that are registered
    here are asked in a request, when something is recorded or read.
    """

    def __init__(self, app: Flask | None = None) -> None:
        self._loaders = Loaders()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Read the app's configuration, and add the timeline's URLs, ``activity_timeline`` and ``flask activitylog``.

        The store is opened when it is first used.

        Raises:
            InvalidInput: a key of the configuration is unknown, or its value does not fit; or the app has a log.
            MissingExtra: the store's driver is not installed.
        """
        if "activitylog" in app.extensions:
            raise InvalidInput("app", f"{app.name} has an ActivityLogExtension already")
        found = State(app, configured(app), self._loaders)
        app.extensions["activitylog"] = found
        mount(app, found.configuration)
        app.cli.add_command(command)

    @property
    def log(self) -> ActivityLog:
        """The log of the current app, for trusted code: it sees everything.

        Where it lies in the database of Flask-SQLAlchemy, it writes and reads within ``db.session``, and what it
        recorded is kept by ``db.session.commit()``.

        Raises:
            RuntimeError: there is no application context.
            InvalidInput: the current app was not given to ``init_app``.
        """
        return state().log

    def actor_loader(self, function: _A) -> _A:
        """Take the function that knows who acts in a request; by default the user of Flask-Login."""
        self._loaders.actor = _function("actor_loader", function)
        return function

    def tenant_loader(self, function: _T) -> _T:
        """Take the function that knows the tenant of a request; then a tenant has to be named outside of requests."""
        self._loaders.tenant = _function("tenant_loader", function)
        return function

    def viewer_loader(self, function: _V) -> _V:
        """Take the function that knows who is asking in a request; by default the user of Flask-Login."""
        self._loaders.viewer = _function("viewer_loader", function)
        return function

    def language_loader(self, function: _T) -> _T:
        """Take the function that knows the language of a request; by default one of ``ACTIVITYLOG_LANGUAGES``."""
        self._loaders.language = _function("language_loader", function)
        return function

    def on(self, signal: Any) -> Callable[[_F], _F]:
        """Return a decorator: what the function makes of a signal (Flask's, or any of blinker's) is recorded.

        The function is called as ``fn(sender, **kw)`` and returns a draft, several, or None; they are recorded by the
        current app's log. Signals that are sent in another app's context are passed over.

        Raises:
            InvalidInput: it is no signal.
        """
        if not callable(getattr(signal, "connect", None)):
            raise InvalidInput("signal", f"a signal of blinker's is expected, not {type(signal).__name__}")

        def connect(function: _F) -> _F:
            def receive(sender: Any = None, **kw: Any) -> None:
                found: State | None = current_app.extensions.get("activitylog")
                if found is None or found.loaders is not self._loaders:
                    return
                made = function(sender, **kw)
                refuse_awaitable(made)
                if made is not None:
                    found.log.record_many([made] if isinstance(made, Draft) else made)

            signal.connect(receive, weak=False)
            return function

        return connect

    def resolver(self, kind: str) -> Callable[[_R], _R]:
        """Return a decorator: the function knows the links of this kind, ``fn(ids) -> {id: Link}``, in every app.

        Raises:
            InvalidInput: the kind has one already.
        """

        def add(function: _R) -> _R:
            self._loaders.add_resolver(kind, function)
            return function

        return add


def _function(name: str, given: Any) -> Any:
    if not callable(given):
        raise InvalidInput(name, f"a function is expected, not {type(given).__name__}")
    return given


def _current() -> ActivityLog:
    return state().current


current_log: ActivityLog = LocalProxy(_current)  # type: ignore[assignment]
"""The log of the current app: in a request limited to its viewer, outside of one the trusted log."""
