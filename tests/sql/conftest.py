"""Stores on the SQL servers, and what a person with a shell on such a server sees and does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from activitylog import ActivityLog, Actor, TypeRegistry
from activitylog.storage import Storage
from activitylog_sql import open_storage

PATIENCE = 30


@pytest.fixture(params=["postgresql", "mysql"])
def store(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def url(store: str, empty_database: Callable[[str], str]) -> str:
    """The URL of a database with the schema and nothing in it."""
    return empty_database(store)


@pytest.fixture
def fresh_url(store: str, fresh_database: Callable[[str], str]) -> str:
    """The URL of a database without the schema."""
    return fresh_database(store)


@pytest.fixture
def with_options() -> Callable[[str, str], str]:
    """Adds options to a URL."""
    return lambda url, options: f"{url}{'&' if '?' in url else '?'}{options}"


@pytest.fixture
def opened() -> Iterator[Callable[[Any], Storage]]:
    """Opens stores, and closes them."""
    stores: list[Storage] = []

    def give(source: Any) -> Storage:
        stores.append(open_storage(source))
        return stores[-1]

    yield give
    for storage in stores:
        storage.close()


@pytest.fixture
def open_log() -> Iterator[Callable[..., ActivityLog]]:
    """Opens logs, and closes them."""
    types = TypeRegistry()
    types.define("call", manual=True)
    logs: list[ActivityLog] = []

    def give(source: Any, **options: Any) -> ActivityLog:
        logs.append(ActivityLog(source, **{"types": types, "actor": Actor.user(3, "Lea"), **options}))
        return logs[-1]

    yield give
    for log in logs:
        log.close()


@pytest.fixture
def make_engine() -> Iterator[Callable[..., Engine]]:
    """Makes engines of the host's, and disposes of them."""
    engines: list[Engine] = []

    def give(url: str, **options: Any) -> Engine:
        engines.append(create_engine(url, **options))
        return engines[-1]

    yield give
    for engine in engines:
        engine.dispose()


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Asks again and again, and returns the first answer that is something."""

    def ask(question: Callable[[], Any]) -> Any:
        give_up = monotonic() + PATIENCE
        while not (answer := question()):
            assert monotonic() < give_up, "it never came to that"
            sleep(0.005)
        return answer

    return ask


class Shell:
    """A connection to the database beside those that are under test."""

    sessions_of_database: str
    waiting_for_rows: str
    waiting_for_migration: str
    ending: str

    def __init__(self, engine: Engine, until: Callable[[Callable[[], Any]], Any]) -> None:
        self._connection = engine.connect()
        self._until = until
        self._others = frozenset(self._ids(self.sessions_of_database))

    def run(self, statement: str) -> Sequence[Any]:
        """Run a statement, and return what it selects."""
        result = self._connection.exec_driver_sql(statement)
        return result.fetchall() if result.returns_rows else ()

    def sessions(self) -> set[int]:
        """Return the sessions that have begun after this one."""
        return self._ids(self.sessions_of_database) - self._others

    def waits_for_rows(self) -> set[int]:
        """Wait until a session waits for a lock on rows, and return who does."""
        return self._until(lambda: self._ids(self.waiting_for_rows))

    def waits_for_migration(self) -> set[int]:
        """Wait until a session waits for the lock under which the schema is changed."""
        return self._until(lambda: self._ids(self.waiting_for_migration))

    def end(self, *sessions: int) -> None:
        """End sessions as an administrator does, and wait until they are gone."""
        for session in sessions:
            self.run(self.ending.format(session))
        self._until(lambda: not self._ids(self.sessions_of_database).intersection(sessions))

    def close(self) -> None:
        self._connection.close()

    def _ids(self, statement: str) -> set[int]:
        return {number for (number,) in self.run(statement)}


class PostgreSQLShell(Shell):
    sessions_of_database = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    waiting_for_rows = f"{sessions_of_database} AND wait_event_type = 'Lock'"
    waiting_for_migration = f"""{sessions_of_database} AND query LIKE 'SELECT pg_try_advisory%%'
        AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"""
    ending = "SELECT pg_terminate_backend({})"


class MySQLShell(Shell):
    sessions_of_database = "SELECT id FROM information_schema.processlist WHERE db = DATABASE()"
    waiting_for_rows = "SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
    waiting_for_migration = f"{sessions_of_database} AND state = 'User lock'"
    ending = "KILL {}"


@pytest.fixture
def shell(
    store: str, until: Callable[[Callable[[], Any]], Any], make_engine: Callable[..., Engine]
) -> Iterator[Callable[[str], Shell]]:
    """Gives, for a database's URL, a shell on it."""
    shells: list[Shell] = []

    def give(url: str) -> Shell:
        kind = PostgreSQLShell if store == "postgresql" else MySQLShell
        engine = make_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        shells.append(kind(engine, until))
        return shells[-1]

    yield give
    for each in shells:
        each.close()
