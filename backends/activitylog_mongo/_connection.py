"""The client of a URL, made when it is first needed and anew in a forked process; or the host's own database."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any

from attrs import define, field, frozen
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from activitylog_mongo._codec import Stored

__all__ = ["Connection", "Hosted", "Owned", "has_transactions"]


class Connection(ABC):
    """Gives the database in which the store lies."""

    @abstractmethod
    def database(self) -> Database[Any]:
        """Return the database, for this process."""

    @abstractmethod
    def confirming(self, database: Database[Any], *, replicated: bool) -> Database[Any]:
        """Return the database with the write concern that is to hold."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is ours."""


@frozen
class Hosted(Connection):
    """A database of the host's, whose client is shared and never closed."""

    given: Database[Any]

    def database(self) -> Database[Any]:
        return self.given

    def confirming(self, database: Database[Any], *, replicated: bool) -> Database[Any]:
        return database

    def close(self) -> None:
        """Leave the host's client alone."""


@define
class Owned(Connection):
    """A client of our own for each process; those of a parent are kept, and left alone."""

    url: str = field(repr=False)
    name: str
    options: dict[str, Any]
    majority: bool
    """Whether the majority is to confirm, where there are several."""
    _clients: dict[int, MongoClient[Stored]] = field(factory=dict, repr=False)

    def database(self) -> Database[Any]:
        here = os.getpid()
        client = self._clients.get(here)
        if client is None:
            made: MongoClient[Stored] = MongoClient(self.url, connect=False, **self.options)
            # no lock: a process that was forked while it was held would wait for it for ever
            client = self._clients.setdefault(here, made)
            if client is not made:
                made.close()
        return client.get_database(self.name)

    def confirming(self, database: Database[Any], *, replicated: bool) -> Database[Any]:
        # asked for a majority, a server by itself may forget to wait for its journal
        if not (self.majority and replicated):
            return database
        concern = {**database.write_concern.document, "w": "majority"}
        return database.with_options(write_concern=WriteConcern(**concern))

    def close(self) -> None:
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()


def has_transactions(database: Database[Any]) -> bool:
    """Ask the server whether it is a member of a replica set, or a router: a server by itself has no transactions."""
    hello = database.client.admin.command("hello")
    return "setName" in hello or hello.get("msg") == "isdbgrid"
