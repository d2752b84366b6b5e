"""What the host says in ``settings.ACTIVITYLOG``, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final, Literal

from attrs import Factory, field, fields, frozen
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils.module_loading import import_string

from activitylog import Actor, Ref, TypeRegistry, standard
from activitylog.errors import InvalidInput
from activitylog.middleware import request_context

__all__ = ["SETTING", "Configuration", "configured"]

SETTING: Final = "ACTIVITYLOG"


def wrong(key: str, reason: str) -> ImproperlyConfigured:
    """Return the error that names a key of the setting."""
    return ImproperlyConfigured(f"{SETTING}[{key!r}]: {reason}")


def _loaded(key: str, given: Any) -> Any:
    """Return what a dotted path names; anything else as it is."""
    if not isinstance(given, str):
        return given
    try:
        return import_string(given)
    except ImportError as error:
        raise wrong(key, f"{given!r} cannot be imported ({error}): give a dotted path, or the thing itself") from error


def _instance(key: str, kind: type, words: str, default: Any = None) -> Any:
    def checked(given: Any) -> Any:
        found = _loaded(key, given) if kind is not str else given
        if found is not None and not isinstance(found, kind):
            raise wrong(key, f"{words} is expected, not {type(found).__name__}")
        return found

    return field(default=default, converter=checked)


def _function(key: str, signature: str) -> Any:
    def checked(given: Any) -> Any:
        found = _loaded(key, given)
        if found is not None and not callable(found):
            raise wrong(key, f"a function {signature}, or the dotted path to one, is expected, not {_kind(found)}")
        return found

    return field(default=None, converter=checked)


def _kind(value: Any) -> str:
    return type(value).__name__


def _store(given: Any) -> Any:
    return given if isinstance(given, str) and (":" in given or not given) else _loaded("STORE", given)


def _database(given: Any) -> str | None:
    if given is not None and given not in list(connections):
        raise wrong("DATABASE", f"DATABASES has no {given!r}; it has {', '.join(connections)}")
    alias: str | None = given
    return alias


def _actor(given: Any) -> Any:
    found = _loaded("ACTOR", given)
    if not isinstance(found, Actor) and not callable(found):
        raise wrong("ACTOR", f"an Actor, or a function of the request or None, is expected, not {_kind(found)}")
    return found


def _tenant(given: Any) -> Any:
    found = _loaded("TENANT", given) if isinstance(given, str) and "." in given else given
    if found is not None and not isinstance(found, str) and not callable(found):
        raise wrong("TENANT", f"a text without a dot, or a function of the request, is expected, not {_kind(found)}")
    return found


def _proxies(given: Any) -> tuple[str, ...]:
    try:
        request_context(headers={}, trusted_proxies=given)
    except InvalidInput as error:
        raise wrong("TRUSTED_PROXIES", error.reason) from error
    return tuple(given)


def _resolvers(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise wrong("RESOLVERS", f"a mapping from kinds to functions of ids is expected, not {_kind(given)}")
    found = {kind: _loaded("RESOLVERS", function) for kind, function in given.items()}
    for kind, function in found.items():
        try:
            Ref(kind, "1")
        except InvalidInput as error:
            raise wrong("RESOLVERS", f"{kind!r} is no kind of refs, such as 'crm.contact': {error.reason}") from error
        if not callable(function):
            raise wrong("RESOLVERS", f"of {kind!r} a function of ids is expected, not {_kind(function)}")
    return found


def _number(key: str, default: int) -> Any:
    def checked(given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool) or given < 1:
            raise wrong(key, "a positive whole number is expected")
        return given

    return field(default=default, converter=checked)


def _unavailable(given: Any) -> Any:
    if given not in ("raise", "log"):
        raise wrong("ON_UNAVAILABLE", "'raise' or 'log' is expected")
    return given


@frozen(kw_only=True)
class Configuration:
    """What ``settings.ACTIVITYLOG`` says, each key in lower case.

    Functions, registries and classes are given as they are or as dotted paths.

    Attributes:
        store: a URL, or what ``ActivityLog`` takes; by default the host's own database.
        database: which of ``DATABASES``, where there is no ``store``; by default the one that routers name.
        types: by default the standard types.
        actor: who acts where there is no request, or a function of the request (None outside of one) that says who
            acts; by default the signed-in user, else ``Actor.anonymous()``, and outside ``Actor.system("django")``.
        impersonator: a function of the request that gives the user who is signed in as another, or None.
        tenant: a text, or a function of the request.
        require_tenant: by default True where ``tenant`` is a function: outside of requests a scope has to name one.
        viewer: a function of the request that gives the ``Viewer``; by default the user with groups and permissions.
        parents, policy, files, on_unavailable, log_reads: as ``ActivityLog``.
        language, tz: by default ``LANGUAGE_CODE`` and ``TIME_ZONE``.
        trusted_proxies: whose ``X-Forwarded-For`` is believed: addresses, networks, ``unix``.
        resolvers: by kind, functions from ids to links; models with ``get_absolute_url`` have one.
        live: whether open pages are told what is recorded. Under WSGI each of them keeps a thread of the server.
        notify: whether the processes of the site tell each other by PostgreSQL's ``NOTIFY`` that there is something.
        page_size: entries of a page of the timeline component.
        upload_max: bytes of an uploaded file.

    Raises:
        ImproperlyConfigured: a value does not fit; names the key and the remedy.
    """

    store: Any = field(default=None, converter=_store)
    database: str | None = field(default=None, converter=_database)
    types: TypeRegistry = _instance(
        "TYPES", TypeRegistry, "a TypeRegistry", Factory(lambda: TypeRegistry(standard.types))
    )
    actor: Actor | Callable[[Any], Actor | None] = field(default=Actor.system("django"), converter=_actor)
    impersonator: Callable[[Any], Any] | None = _function("IMPERSONATOR", "of the request")
    tenant: str | Callable[[Any], str | None] | None = field(default=None, converter=_tenant)
    require_tenant: bool | None = _instance("REQUIRE_TENANT", bool, "True or False")
    viewer: Callable[[Any], Any] | None = _function("VIEWER", "of the request")
    parents: Callable[..., Any] | None = _function("PARENTS", "of refs")
    policy: Callable[..., Any] | None = _function("POLICY", "of a viewer")
    files: Any = None
    on_unavailable: Literal["raise", "log"] = field(default="raise", converter=_unavailable)
    log_reads: timedelta | None = _instance("LOG_READS", timedelta, "a timedelta")
    language: str = _instance("LANGUAGE", str, "a language tag", Factory(lambda: settings.LANGUAGE_CODE))
    tz: Any = Factory(lambda: settings.TIME_ZONE)
    trusted_proxies: Iterable[str] = field(default=(), converter=_proxies)
    resolvers: Mapping[str, Callable[..., Any]] = field(factory=dict, converter=_resolvers)
    live: bool = _instance("LIVE", bool, "True or False", default=False)
    notify: bool = _instance("NOTIFY", bool, "True or False", default=False)
    page_size: int = _number("PAGE_SIZE", 20)
    upload_max: int = _number("UPLOAD_MAX", 25_000_000)

    @property
    def wants_tenant(self) -> bool:
        """Whether nothing is read or written without a tenant that is named."""
        return callable(self.tenant) if self.require_tenant is None else self.require_tenant


_KEYS: Final = tuple(attribute.name.upper() for attribute in fields(Configuration))


def configured() -> Configuration:
    """Return what the settings say now.

    Raises:
        ImproperlyConfigured: there is an unknown key, or a value does not fit.
    """
    given = getattr(settings, SETTING, {})
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(f"{SETTING}: a dict is expected, not {_kind(given)}")
    for key in given:
        if key not in _KEYS:
            near = get_close_matches(str(key).upper(), _KEYS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_KEYS)}"
            raise wrong(str(key), f"there is no such key: {hint}")
    return Configuration(**{key.lower(): value for key, value in given.items()})
