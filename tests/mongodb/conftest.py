"""Stores on MongoDB, and what lies in their collections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pymongo
import pytest
from pymongo import monitoring
from pymongo.database import Database

from activitylog.storage import Storage
from activitylog_mongo import open_storage
from activitylog_mongo._codec import CODEC


def with_options(url: str, options: str) -> str:
    """Return a URL with some options more."""
    return f"{url}{'&' if '?' in url else '?'}{options}"


@pytest.fixture
def url(empty_database: Callable[[str], str]) -> str:
    """The URL of a database with the schema; a batch that nobody writes any more is undone after a second."""
    return with_options(empty_database("mongodb"), "activitylogLease=1")


@pytest.fixture
def opened(url: str) -> Iterator[Callable[..., Storage]]:
    """Gives stores, by default on that database, and closes them."""
    stores: list[Storage] = []

    def give(source: object = url) -> Storage:
        stores.append(open_storage(source))
        return stores[-1]

    yield give
    for storage in stores:
        storage.close()


@pytest.fixture
def storage(opened: Callable[..., Storage]) -> Storage:
    return opened()


@pytest.fixture
def client(url: str) -> Iterator[pymongo.MongoClient]:
    with pymongo.MongoClient(url.replace("activitylogLease=1", "")) as client:
        yield client


@pytest.fixture
def database(client: pymongo.MongoClient) -> Database:
    """The database itself, as a host or a person would open it."""
    return client.get_default_database().with_options(codec_options=CODEC)


@pytest.fixture
def standalone(storage: Storage) -> None:
    """Skip where the server has transactions, and needs no journal for batches."""
    if "transactions" in storage.capabilities:
        pytest.skip("this server has transactions: batches do without a journal")


@pytest.fixture
def replica_set(storage: Storage) -> None:
    """Skip where the server has no transactions."""
    if "transactions" not in storage.capabilities:
        pytest.skip("ACTIVITYLOG_TEST_MONGODB_URL names no replica set")


class Commands(monitoring.CommandListener):
    """Notes the commands that clients made from now on send."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.whole: list[dict[str, Any]] = []
        """The commands themselves."""
        self.written: list[tuple[str, bool]] = []
        """Into which collections, and whether the server's journal was to have it before the answer."""

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.sent.append(event.command_name)
        self.whole.append(dict(event.command))
        if event.command_name in {"insert", "update", "delete"}:
            forced = bool(event.command.get("writeConcern", {}).get("j"))
            self.written.append((event.command[event.command_name], forced))

    def succeeded(self, event: object) -> None: ...

    def failed(self, event: object) -> None: ...


@pytest.fixture
def listener() -> Iterator[Commands]:
    listener = Commands()
    before = monitoring._LISTENERS
    monitoring.register(listener)
    yield listener
    monitoring._LISTENERS = before


@pytest.fixture
def commands(listener: Commands) -> list[str]:
    return listener.sent


@pytest.fixture
def written(listener: Commands) -> list[tuple[str, bool]]:
    return listener.written
