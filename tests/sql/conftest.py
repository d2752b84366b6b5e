"""Stores on the SQL servers, and what a person with a shell on such a server sees and does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, make_url
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
def until() -> Callable[..., Any]:
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
    waiting_for_migration: str
    ending: str

    def __init__(self, engine: Engine, until: Callable[..., Any]) -> None:
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
        return self._until(self._waiting_for_rows)

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

    def _waiting_for_rows(self) -> set[int]:
        raise NotImplementedError

    def _ids(self, statement: str) -> set[int]:
        return {number for (number,) in self.run(statement)}


class PostgreSQLShell(Shell):
    sessions_of_database = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    waiting_for_migration = f"""{sessions_of_database} AND query LIKE 'SELECT pg_try_advisory%%'
        AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"""
    ending = "SELECT pg_terminate_backend({})"

    def _waiting_for_rows(self) -> set[int]:
        return self._ids(f"{self.sessions_of_database} AND wait_event_type = 'Lock'")


class MySQLShell(Shell):
    """Asks by SHOW: the table information_schema.processlist, asked often while sessions end, has crashed a server."""

    sessions_of_database = ""
    waiting_for_migration = "User lock"
    ending = "KILL {}"

    def _waiting_for_rows(self) -> set[int]:
        """Read it from the monitor: the table innodb_trx shows, asked often, what it has shown before."""
        [(_, _, shown)] = self.run("SHOW ENGINE INNODB STATUS")
        waiting = [part for part in shown.split("---TRANSACTION ")[1:] if "LOCK WAIT" in part]
        found = {int(number) for part in waiting for number in re.findall(r"thread id (\d+),", part)}
        return found & self._ids(self.sessions_of_database)

    def _ids(self, state: str) -> set[int]:
        """Return the sessions of the database whose state begins so."""
        sessions = self.run("SHOW PROCESSLIST")
        own = next(database for number, _, _, database, *_ in sessions if number == self._own)
        return {
            number
            for number, _, _, database, _, _, told, *_ in sessions
            if database == own and (told or "").startswith(state)
        }

    @cached_property
    def _own(self) -> int:
        return self.run("SELECT connection_id()")[0][0]


@pytest.fixture
def account(store: str, url: str, shell: Callable[[str], Shell]) -> Iterator[tuple[str, str, Shell]]:
    """A user of the test's own, with a password, who may do nothing yet.

    Gives the URL with that user, how GRANT names the user, and the shell of one who may grant.
    """
    name, password, administrator = f"kim_{uuid4().hex[:12]}", uuid4().hex, shell(url)
    kind, who = ("ROLE", name) if store == "postgresql" else ("USER", f"{name}@localhost")
    login = f"LOGIN PASSWORD '{password}'" if store == "postgresql" else f"IDENTIFIED BY '{password}'"
    administrator.run(f"CREATE {kind} {who} {login}")
    yield make_url(url).set(username=name, password=password).render_as_string(hide_password=False), who, administrator
    if store == "postgresql":
        administrator.run(f"DROP OWNED BY {who}")
    administrator.run(f"DROP {kind} {who}")


@pytest.fixture
def shell(
    store: str, until: Callable[..., Any], make_engine: Callable[..., Engine]
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
