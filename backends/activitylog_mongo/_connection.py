"""The client of a URL, made when it is first needed and anew in a forked process; or the host's own database."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import Any

from attrs import define, field, frozen
from pymongo import MongoClient
from pymongo.database import Database

from activitylog_mongo._codec import CODEC, Stored

__all__ = ["Connection", "Hosted", "Owned", "Topology"]


@frozen
class Topology:
    """What kind of deployment answers: only members of a replica set, and routers to them, have transactions."""

    transactions: bool


class Connection(ABC):
    """Gives the database in which the store lies."""

    @abstractmethod
    def database(self) -> Database[Any]:
        """Return the database, for this process."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is ours."""

    def topology(self) -> Topology:
        """Ask the server what it is."""
        hello = self.database().client.admin.command("hello")
        return Topology("setName" in hello or hello.get("msg") == "isdbgrid")


@frozen
class Hosted(Connection):
    """A database of the host's, whose client is shared and never closed."""

    given: Database[Any]

    def database(self) -> Database[Any]:
        return self.given

    def close(self) -> None:
        """Leave the host's client alone."""


@define
class Owned(Connection):
    """A client of our own for each process; those of a parent are kept, and left alone."""

    url: str = field(repr=False)
    name: str
    options: dict[str, Any]
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
        return client.get_database(self.name, codec_options=CODEC)

    def close(self) -> None:
        client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()
