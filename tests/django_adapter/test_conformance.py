"""The kit on Django's own connections, and what the store does in transactions of Django's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from django.db import connections
from django.db.backends.signals import connection_created
from sqlalchemy.engine import make_url

from activitylog.storage import Storage
from activitylog.testing import StorageContract
from activitylog.testing.contract.leaks import Leaks
from activitylog_django.database import DjangoHost
from activitylog_sql import host_storage, upgrade_host

ENGINES = {"sqlite": "sqlite3", "postgresql": "postgresql", "mysql": "mysql"}
_numbers = count()


def add_database(url: str) -> str:
    """Add a database to Django's, and return its alias."""
    parts = make_url(url)
    product = parts.get_backend_name()
    alias = f"kit{next(_numbers)}"
    options = {"sqlite": {"timeout": 30}, "mysql": {"charset": "utf8mb4"}}.get(product, {})
    if socket := parts.query.get("unix_socket"):
        options["unix_socket"] = socket
    described = {
        "ENGINE": f"django.db.backends.{ENGINES[product]}",
        "NAME": parts.database,
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.query.get("host") or parts.host or "",
        "PORT": parts.port or "",
        "OPTIONS": options,
    }
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: described})[alias]
    return alias


@pytest.fixture
def make_database() -> Iterator[Callable[[str], str]]:
    """Gives the alias of a database of Django's, for a URL."""
    made: list[str] = []
    opened: list[Any] = []

    def note(connection: Any, **_: Any) -> None:  # those of other threads too, which Django leaves to them
        opened.append(connection)

    def make(url: str) -> str:
        made.append(add_database(url))
        return made[-1]

    connection_created.connect(note)
    yield make
    connection_created.disconnect(note)
    for connection in opened:
        connection.inc_thread_sharing()
        connection.close()
    for alias in made:
        del connections[alias]
        del connections.settings[alias]


CHAPTERS = [part for part in StorageContract.__bases__ if part is not Leaks]  # these ask the core more than the store


class OnDjango(*CHAPTERS):  # type: ignore[misc]
    store: str

    @pytest.fixture
    def make_storage(self, empty_database, make_database, urls) -> Callable[[], Storage]:
        def make() -> Storage:
            url = empty_database(self.store)
            host = DjangoHost(make_database(url))
            upgrade_host(host)
            storage = host_storage(host)
            urls[storage] = url
            return storage

        return make

    @pytest.fixture
    def urls(self) -> dict[Storage, str]:
        return {}

    @pytest.fixture
    def reopen_storage(self, make_database, urls) -> Callable[[Storage], Storage]:
        return lambda storage: host_storage(DjangoHost(make_database(urls[storage])))


class TestOnSQLite(OnDjango):
    store = "sqlite"


class TestOnPostgreSQL(OnDjango):
    store = "postgresql"


class TestOnMySQL(OnDjango):
    store = "mysql"
