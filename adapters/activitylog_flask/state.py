"""What an extension knows of one app: its configuration, its log, and what a request of its says."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Any, Final
from weakref import WeakSet

from attrs import define, field
from flask import Flask, current_app, has_request_context, request
from sqlalchemy.exc import ArgumentError

from activitylog import ActivityLog, Actor, Viewer
from activitylog.errors import InvalidInput
from activitylog.middleware import Surroundings, negotiated_language, request_context
from activitylog_flask.configuration import Configuration, wrong
from activitylog_flask.database import Placed, placed
from activitylog_flask.signed_in import has_login, signed_in_actor, signed_in_viewer
from activitylog_html import LiveFeed, TimelineComponent
from activitylog_sql import Notices

__all__ = ["Loaders", "State", "state"]

_PURPOSE: Final = b"activitylog_flask.component"
_OFTEN: Final = timedelta(seconds=1)
_SELDOM: Final = timedelta(seconds=20)
"""How often the store is asked where other processes say that there is something."""


@define(eq=False)
class Loaders:
    """What the host has registered at its extension."""

    actor: Callable[[], Actor | None] | None = None
    tenant: Callable[[], str | None] | None = None
    viewer: Callable[[], Viewer] | None = None
    language: Callable[[], str | None] | None = None
    _resolvers: dict[str, Any] = field(factory=dict)
    _logs: WeakSet[ActivityLog] = field(factory=WeakSet)

    def add_resolver(self, kind: str, function: Any) -> None:
        """Take the resolver of a kind, for all logs, those that are open too."""
        if kind in self._resolvers:
            raise InvalidInput("kind", f"{kind!r} has a resolver already")
        self._resolvers[kind] = function
        for log in self._logs:
            log.resolver(kind)(function)

    def add_log(self, log: ActivityLog) -> None:
        """Let a log know the resolvers."""
        for kind, function in self._resolvers.items():
            log.resolver(kind)(function)
        self._logs.add(log)


class State:
    """One app with its log, which is opened when it is first asked for, in a context of the app."""

    def __init__(self, app: Flask, configuration: Configuration, loaders: Loaders) -> None:
        self.app = app
        self.configuration = configuration
        self.loaders = loaders
        self._lock = Lock()
        self._placed: Placed | None = None
        self._components: dict[str, TimelineComponent] = {}
        self._live: LiveFeed | None = None
        self._notices: Notices | None = None

    @property
    def placed(self) -> Placed:
        """The log, and the session that it writes in."""
        found = self._placed
        if found is None:
            with self._lock:
                found = self._placed = self._placed or self._opened()
        return found

    @property
    def log(self) -> ActivityLog:
        """The log, for trusted code."""
        return self.placed.log

    @property
    def current(self) -> ActivityLog:
        """The log, in a request limited to its viewer."""
        return self.log.visible_to(self._viewer()) if has_request_context() else self.log

    @property
    def streaming(self) -> ActivityLog:
        """The log of what outlives the request's transaction, limited to its viewer."""
        return self.placed.base.visible_to(self._viewer())

    def component(self, prefix: str, static: Callable[[str], str]) -> TimelineComponent:
        """Return the timeline component, as it is mounted at this URL.

        Raises:
            InvalidInput: there is no ``SECRET_KEY``.
        """
        key = self.app.secret_key
        if not key:
            raise InvalidInput("SECRET_KEY", "is not set: the timeline signs with it what its URLs and forms name")
        place = self.placed
        with self._lock:
            if self.configuration.live and self._live is None:
                self._live = self._fed(place)
            if prefix not in self._components:
                secret = hmac.digest(key.encode() if isinstance(key, str) else key, _PURPOSE, "sha256")
                self._components[prefix] = self.configuration.component(
                    prefix=prefix, secret=secret, static=static, live=self._live
                )
        return self._components[prefix]

    def _fed(self, place: Placed) -> LiveFeed:
        feed = LiveFeed(place.base, interval=_SELDOM if self._notices else _OFTEN, release=place.release)
        if self._notices is not None:
            self._notices.listen(feed.wake)
        return feed

    def _opened(self) -> Placed:
        wanted = self.configuration.require_tenant
        found = placed(
            self.app,
            self.configuration,
            actor=self._actor_elsewhere if self.configuration.actor is None else self.configuration.actor,
            require_tenant=self.loaders.tenant is not None if wanted is None else wanted,
        )
        if self.configuration.notify:
            self._notices = _notices(found.url)
            self._notices.announce(found.base)
        found.base.provide(self._provided)
        self.loaders.add_log(found.base)
        return found

    def _provided(self) -> Surroundings | None:
        """Return what the request of now says; nothing outside of one, and in a request of another app."""
        if not has_request_context() or current_app._get_current_object() is not self.app:  # type: ignore[attr-defined]  # noqa: SLF001
            return None
        headers: Any = request.headers
        return Surroundings(
            actor=self._actor,
            tenant=None if self.loaders.tenant is None else self.loaders.tenant(),
            language=self._language(),
            context=request_context(
                headers=headers,
                remote_addr=request.remote_addr or "",
                trusted_proxies=self.configuration.trusted_proxies,
            ),
        )

    def _actor(self) -> Actor | None:
        if self.loaders.actor is not None:
            return self.loaders.actor()
        return signed_in_actor() if has_login(self.app) else None

    def _actor_elsewhere(self) -> Actor | None:
        return None if has_request_context() else Actor.system(self.app.name)

    def _language(self) -> str | None:
        if self.loaders.language is not None:
            return self.loaders.language()
        return negotiated_language(request.headers.get("Accept-Language", ""), self.configuration.languages)

    def _viewer(self) -> Viewer:
        if self.loaders.viewer is not None:
            return self.loaders.viewer()
        if not has_login(self.app):
            raise InvalidInput(
                "viewer_loader",
                "nobody says who is asking: register one, or use Flask-Login; trusted code takes extension.log",
            )
        return signed_in_viewer()


def _notices(url: str) -> Notices:
    try:
        return Notices(url)
    except (InvalidInput, ArgumentError) as error:
        raise wrong(
            "NOTIFY", "is for a log in PostgreSQL, named by a URL: take it away, or keep the log there"
        ) from error


def state() -> State:
    """Return what is known of the current app.

    Raises:
        RuntimeError: there is no application context.
        InvalidInput: the app has no log.
    """
    found: State | None = current_app.extensions.get("activitylog")
    if found is None:
        raise InvalidInput(
            "app", f"{current_app.name} has no activity log: call init_app(app) of an ActivityLogExtension"
        )
    return found
