"""The log of the site: one in each process, made when it is first asked for."""

from __future__ import annotations

from threading import Lock
from typing import Any, Final
from uuid import uuid4

from attrs import frozen
from django.core.signals import setting_changed
from django.db import connections, router
from django.utils.crypto import salted_hmac

from activitylog import ActivityLog
from activitylog.errors import InvalidInput
from activitylog_django.belonging import remembering
from activitylog_django.configuration import SETTING, Configuration, configured, wrong
from activitylog_django.deferred import deferred
from activitylog_django.links import resolvers
from activitylog_django.requests import provider_of
from activitylog_django.viewers import viewer_of
from activitylog_sql import Notices, host_storage

__all__ = ["Site", "get_log", "site"]


@frozen
class Site:
    """The log with the configuration that it was made with.

    Attributes:
        alias: the database whose transactions entries belong to, or wait for.
        inside: whether they lie in that database.
        notices: what tells other processes that something was recorded, where that is wanted.
    """

    configuration: Configuration
    alias: str
    inside: bool
    log: ActivityLog
    notices: Notices | None = None


_lock: Final = Lock()
_made: Site | None = None


def get_log(request: Any = None) -> ActivityLog:
    """Return the log of the site; given a request, limited to what its viewer may see and change.

    Without one it is for trusted code. It is made when it is first asked for, and made anew when a test overrides
    ``settings.ACTIVITYLOG``.

    Raises:
        ImproperlyConfigured: a setting does not fit.
    """
    found = site()
    if request is None:
        return found.log
    return found.log.visible_to(viewer_of(request, found.log, found.configuration))


def site() -> Site:
    """Return the log with its configuration.

    Raises:
        ImproperlyConfigured: a setting does not fit.
    """
    global _made
    found = _made
    if found is None:
        with _lock:
            found = _made = _made or _new(configured())
    return found


def secret(purpose: str) -> bytes:
    """Return a secret of the site's, made of its ``SECRET_KEY``."""
    made: bytes = salted_hmac(f"activitylog_django.{purpose}", "", algorithm="sha256").digest()
    return made


def _new(configuration: Configuration) -> Site:
    alias = _alias(configuration)
    inside = configuration.store is None
    try:
        storage = _own_database(configuration, alias) if inside else deferred(configuration.store, alias)
        log = ActivityLog(
            storage,
            types=configuration.types,
            actor=_actor_outside(configuration),
            tenant=configuration.tenant if isinstance(configuration.tenant, str) else "default",
            require_tenant=configuration.wants_tenant,
            parents=None if configuration.parents is None else remembering(configuration.parents),
            policy=configuration.policy,
            files=_files(configuration),
            language=configuration.language,
            tz=configuration.tz,
            on_unavailable=configuration.on_unavailable,
            log_reads=configuration.log_reads,
            cursor_key=secret("cursors"),
        )
    except InvalidInput as error:
        raise wrong(error.field.upper(), error.reason) from error
    log.provide(provider_of(configuration))
    for kind, resolver in resolvers(configuration.resolvers):
        log.resolver(kind)(resolver)
    notices = _notices(configuration, alias) if configuration.notify else None
    if notices is not None:
        notices.announce(log)
    return Site(configuration, alias, inside, log, notices)


def _notices(configuration: Configuration, alias: str) -> Notices:
    connection = connections[alias]
    if isinstance(configuration.store, str):
        return Notices(configuration.store)
    if configuration.store is not None or connection.vendor != "postgresql":
        raise wrong("NOTIFY", "is for a log in PostgreSQL: take it away, or keep the log there")
    return Notices(lambda: connection.get_new_connection(connection.get_connection_params()))


def _alias(configuration: Configuration) -> str:
    from activitylog_django.models import Entry

    if configuration.database is not None:
        return configuration.database
    routed: str = router.db_for_write(Entry)
    return routed


def _own_database(configuration: Configuration, alias: str) -> Any:
    from activitylog_django.database import DjangoHost
    from activitylog_django.models import Entry

    # Where routers say which database it is, they say which one is read, too.
    return host_storage(DjangoHost(alias, Entry if configuration.database is None else None))


def _files(configuration: Configuration) -> Any:
    """Return where files are kept: in memory where the entries are, as the core does."""
    in_memory = isinstance(configuration.store, str) and configuration.store.startswith("memory:")
    return f"memory://activitylog-{uuid4().hex}" if in_memory and configuration.files is None else configuration.files


def _actor_outside(configuration: Configuration) -> Any:
    given = configuration.actor
    return (lambda: given(None)) if callable(given) else given


def _forget(*, setting: str, **_: Any) -> None:
    global _made
    if setting in (SETTING, "DATABASE_ROUTERS", "SECRET_KEY"):
        with _lock:
            left, _made = _made, None
        if left is not None:
            if left.notices is not None:
                left.notices.close()
            left.log.close()


setting_changed.connect(_forget, dispatch_uid="activitylog")


def __getattr__(name: str) -> Any:
    if name == "current":  # what the command line names
        return get_log()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
