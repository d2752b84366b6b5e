"""What ``app.config`` says, checked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any, Final

from attrs import Factory, field, fields, frozen
from flask import Flask
from werkzeug.utils import import_string

from activitylog import ActivityLog, TypeRegistry, scope, standard
from activitylog.errors import InvalidInput, Unsupported
from activitylog.middleware import request_context
from activitylog_html import LiveFeed, TimelineComponent

__all__ = ["OWN_DATABASE", "Configuration", "configured"]

_PREFIX: Final = "ACTIVITYLOG_"
OWN_DATABASE: Final = "sqlalchemy"
"""The store that is the database of Flask-SQLAlchemy."""


def wrong(key: str, reason: str) -> InvalidInput:
    """Return the error that names a key."""
    return InvalidInput(f"{_PREFIX}{key}", reason)


def _loaded(key: str, default: Any = None) -> Any:
    """Take a thing as it is, or what a dotted path names."""

    def load(given: Any) -> Any:
        if not isinstance(given, str):
            return given
        try:
            return import_string(given)
        except ImportError as error:
            raise wrong(key, f"{given!r} cannot be imported: give a dotted path, or the thing itself") from error

    return field(default=default, converter=load)


def _languages(given: Any) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise wrong("LANGUAGES", f"a list such as ['en', 'de'] is expected, not {type(given).__name__}")
    found = tuple(given)
    for language in found:
        try:
            scope(language=language)
        except InvalidInput as error:
            raise wrong("LANGUAGES", error.reason) from error
    return found


def _proxies(given: Any) -> tuple[str, ...]:
    try:
        request_context(headers={}, trusted_proxies=given)
    except InvalidInput as error:
        raise wrong("TRUSTED_PROXIES", error.reason) from error
    return tuple(given)


def _url_prefix(given: Any) -> str | None:
    if given is not None and (not isinstance(given, str) or not given.startswith("/") or given.endswith("/")):
        raise wrong("URL_PREFIX", "a path such as '/activitylog' is expected, or None for no URLs")
    return given


def _flag(key: str, default: bool | None) -> Any:
    def checked(given: Any) -> bool | None:
        if given is not default and not isinstance(given, bool):
            raise wrong(key, f"True or False is expected, not {type(given).__name__}")
        return given

    return field(default=default, converter=checked)


@frozen(kw_only=True)
class Configuration:
    """What the keys ``ACTIVITYLOG_…`` say, each in lower case here.

    Attributes:
        store: a URL, an engine or a ``Storage``; None or ``"sqlalchemy"`` is the database of Flask-SQLAlchemy.
        types: a ``TypeRegistry`` or the dotted path of one, by default the standard types.
        actor: who acts where no request and no scope says so, an ``Actor`` or a function; by default the app itself,
            as ``Actor.system(app.name)``, outside of requests, and nobody within.
        tenant: the tenant where neither ``tenant_loader`` nor a scope names one.
        require_tenant: whether one has to be named; by default where there is a ``tenant_loader``.
        parents, policy, files, on_unavailable, log_reads, cursor_key: as ``ActivityLog``; functions or their
            dotted paths.
        language: the language where neither the request nor a scope names one.
        languages: those that are chosen from by ``Accept-Language``; by default none.
        tz: the zone of times and counts.
        trusted_proxies: whose ``X-Forwarded-For`` is believed: addresses, networks, ``unix``.
        url_prefix: where the timeline's own URLs are; None for nowhere, and no timeline on pages.
        page_size, fold, upload_max: as ``TimelineComponent``.
        live: whether open pages are told what is recorded. Each of them keeps a thread of the server.
        notify: whether the processes of the app tell each other by PostgreSQL's ``NOTIFY`` that there is something.

    Raises:
        InvalidInput: a value does not fit; its field is the key.
    """

    store: Any = None
    types: Any = _loaded("TYPES", Factory(lambda: TypeRegistry(standard.types)))
    actor: Any = _loaded("ACTOR")
    tenant: Any = "default"
    require_tenant: bool | None = _flag("REQUIRE_TENANT", None)
    parents: Any = _loaded("PARENTS")
    policy: Any = _loaded("POLICY")
    files: Any = None
    on_unavailable: Any = "raise"
    log_reads: timedelta | None = None
    cursor_key: str | bytes | None = None
    language: Any = "en"
    languages: tuple[str, ...] = field(default=(), converter=_languages)
    tz: Any = "UTC"
    trusted_proxies: tuple[str, ...] = field(default=(), converter=_proxies)
    url_prefix: str | None = field(default="/activitylog", converter=_url_prefix)
    page_size: Any = 20
    fold: Any = timedelta(hours=1)
    upload_max: Any = 25_000_000
    live: bool = _flag("LIVE", False)
    notify: bool = _flag("NOTIFY", False)

    @property
    def in_own_database(self) -> bool:
        """Whether the store is whatever database Flask-SQLAlchemy has."""
        return self.store is None or (isinstance(self.store, str) and self.store == OWN_DATABASE)

    def log(self, store: Any, *, actor: Any, require_tenant: bool, files: Any = None) -> ActivityLog:
        """Return a log on this store.

        Raises:
            InvalidInput: a value does not fit; its field is the key.
        """
        try:
            return ActivityLog(
                store,
                types=self.types,
                actor=actor,
                tenant=self.tenant,
                require_tenant=require_tenant,
                parents=self.parents,
                policy=self.policy,
                files=files or self.files,
                language=self.language,
                tz=self.tz,
                on_unavailable=self.on_unavailable,
                log_reads=self.log_reads,
                cursor_key=self.cursor_key,
            )
        except InvalidInput as error:
            raise wrong(error.field.upper(), error.reason) from error
        except Unsupported as error:
            raise wrong("STORE", str(error)) from error

    def component(self, *, prefix: str, secret: bytes, static: Any, live: LiveFeed | None = None) -> TimelineComponent:
        """Return the timeline component at this URL.

        Raises:
            InvalidInput: a value does not fit; its field is the key.
        """
        try:
            return TimelineComponent(
                prefix=prefix,
                secret=secret,
                static=static,
                tz=self.tz,
                page_size=self.page_size,
                fold=self.fold,
                upload_max=self.upload_max,
                live=live,
            )
        except InvalidInput as error:
            raise wrong(error.field.upper(), error.reason) from error


_KEYS: Final = tuple(attribute.name.upper() for attribute in fields(Configuration))


def configured(app: Flask) -> Configuration:
    """Return what an app's configuration says, once all of it has been tried.

    Raises:
        InvalidInput: there is an unknown key, or a value does not fit; the error's field is the key.
    """
    given = {key.removeprefix(_PREFIX): value for key, value in app.config.items() if key.startswith(_PREFIX)}
    for key in given:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, 1)
            raise wrong(
                key, f"there is no such key: there is {_PREFIX}{near[0] if near else f', {_PREFIX}'.join(_KEYS)}"
            )
    found = Configuration(**{key.lower(): value for key, value in given.items()})
    if found.in_own_database and find_spec("flask_sqlalchemy") is None:
        raise wrong(
            "STORE", "give a URL such as sqlite:///crm.db, or install Flask-SQLAlchemy, whose database it is then"
        )
    found.log("memory://" if found.in_own_database else found.store, actor=found.actor, require_tenant=False).close()
    found.component(prefix="/", secret=b"-", static=str)
    return found
