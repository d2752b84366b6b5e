"""The kit on Django's own connections, and what the store does in transactions of Django's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from django.db import connections
from django.db.backends.signals import connection_created

from activitylog.storage import Storage
from activitylog.testing import StorageContract
from activitylog.testing.contract.laws import Laws
from activitylog.testing.contract.leaks import Leaks
from activitylog_django.database import DjangoHost
from activitylog_sql import host_storage, upgrade_host
from django_adapter.conftest import described

_numbers = count()


@pytest.fixture
def make_database() -> Iterator[Callable[[str], str]]:
    """Gives the alias of a database of Django's, for a URL."""
    made: list[str] = []
    opened: list[Any] = []

    def note(connection: Any, **_: Any) -> None:  # those of other threads too, which Django leaves to them
        opened.append(connection)

    def make(url: str) -> str:
        alias = f"kit{next(_numbers)}"
        connections.settings[alias] = connections.configure_settings({"default": {}, alias: described(url)})[alias]
        made.append(alias)
        return alias

    connection_created.connect(note)
    yield make
    connection_created.disconnect(note)
    for connection in opened:
        connection.inc_thread_sharing()
        connection.close()
    for alias in made:
        del connections[alias]
        del connections.settings[alias]


# The clauses on leaks ask the core more than the store; the laws find what they find on one of the databases.
CLAUSES = [part for part in StorageContract.__bases__ if part not in {Leaks, Laws}]


class OnDjango(*CLAUSES):  # type: ignore[misc]
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


class TestOnSQLite(OnDjango, Laws):
    store = "sqlite"


class TestOnPostgreSQL(OnDjango):
    store = "postgresql"


class TestOnMySQL(OnDjango):
    store = "mysql"
