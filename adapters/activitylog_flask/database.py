"""How a log and the database of Flask-SQLAlchemy go together."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from attrs import field, frozen
from flask import Flask, current_app, has_app_context
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from activitylog import ActivityLog
from activitylog.deferring import DeferredStorage
from activitylog.errors import Unsupported
from activitylog.storage import Storage
from activitylog_flask.configuration import Configuration, wrong
from activitylog_sql import SessionTransactions

__all__ = ["Placed", "placed"]


@frozen
class Placed:
    """A log, the URL of its store (empty where it has none), and the session within whose transaction it writes.

    That is the session of Flask-SQLAlchemy, or None.
    """

    base: ActivityLog
    url: str = field(default="", repr=False)
    session: Any = None

    @property
    def log(self) -> ActivityLog:
        """The log as it writes now."""
        return self.base if self.session is None else self.base.bound_to(self.session())

    def release(self) -> None:
        """Give back what a context has used of the database; outside of one, nothing is used."""
        if self.session is not None and has_app_context():
            self.session.remove()


def placed(app: Flask, configuration: Configuration, **options: Any) -> Placed:
    """Open the log in the context of its app: within ``db.session`` where both use one database, else after its commit.

    Raises:
        InvalidInput: there is no store.
        StorageError: it could not be found out whether both use one database.
    """
    store, engine, session = configuration.store, None, None
    if "sqlalchemy" in app.extensions:
        database = app.extensions["sqlalchemy"]
        engine, session = database.engines.get(None), database.session
    if configuration.in_own_database and engine is None:
        raise wrong("STORE", "give a URL such as sqlite:///crm.db: this app has no database of Flask-SQLAlchemy")
    if engine is None:
        return Placed(configuration.log(store, **options), _url(store))
    if configuration.in_own_database or _is_engine(app, store, engine):
        return Placed(configuration.log(engine, **options), _url(engine), session)
    log = configuration.log(store, **options)
    if _is_same(log.storage, store, engine):
        log.close()
        return Placed(configuration.log(engine, **options), _url(engine), session)
    # Of a store in memory the files are there too.
    in_memory = isinstance(store, str) and store.startswith("memory:") and configuration.files is None
    files = f"memory://activitylog-{uuid4().hex}" if in_memory else None
    waiting = DeferredStorage(log.storage, _Transactions(app, session))
    return Placed(configuration.log(waiting, files=files, **options), _url(store))


def _url(store: Any) -> str:
    if isinstance(store, Engine):
        return store.url.render_as_string(hide_password=False)
    return store if isinstance(store, str) else ""


def _is_engine(app: Flask, store: Any, engine: Engine) -> bool:
    """Tell whether the store is this engine, or was named by the same URL."""
    if isinstance(store, Engine):
        return store.pool is engine.pool
    return store in (app.config.get("SQLALCHEMY_DATABASE_URI"), engine.url.render_as_string(hide_password=False))


def _is_same(storage: Storage, store: Any, engine: Engine) -> bool:
    """Tell whether the store is in the engine's database, by whatever name; where that may be, by asking it."""
    url = store.url if isinstance(store, Engine) else store
    if isinstance(url, str | URL) and not _may_be_same(url, engine.url):
        return False
    try:
        with engine.connect() as connection:
            storage.bound(connection)
    except Unsupported:
        return False
    return True


def _may_be_same(url: str | URL, other: URL) -> bool:
    try:
        named = make_url(url)
    except ArgumentError:
        return False
    return Path(named.database or "").name == Path(other.database or "").name


class _Transactions(SessionTransactions):
    """Those of ``db.session``, which there is in a context of its app only."""

    def __init__(self, app: Flask, session: Any) -> None:
        super().__init__(session)
        self._app = app

    def are_open(self) -> bool:
        here = has_app_context() and current_app._get_current_object() is self._app  # type: ignore[attr-defined]  # noqa: SLF001
        return here and super().are_open()
