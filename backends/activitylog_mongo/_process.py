"""What one process knows of a store: that its schema is there, what the server can, and who looks after batches."""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Final

from attrs import evolve
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from activitylog.errors import SchemaMismatch
from activitylog_mongo._collections import collections_of
from activitylog_mongo._connection import Connection, has_transactions
from activitylog_mongo._entries import Entries
from activitylog_mongo._errors import MAPPED
from activitylog_mongo._journal import Journal
from activitylog_mongo._recovery import Recovery
from activitylog_mongo._repeats import Repeats
from activitylog_mongo._schema import is_searchable, missing

__all__ = ["Process", "Store"]

_ROUNDS: Final = 4
"""So often within a lease a process is heard of."""


class Process:
    """A store as one process has it; a forked one makes another. Making it asks the server what it is."""

    def __init__(self, connection: Connection, lease: float) -> None:
        database = connection.database()
        self.transactions = has_transactions(database)
        self.collections = collections_of(connection.confirming(database, replicated=self.transactions))
        self.journal = Journal(self.collections, lease)
        self.recovery = Recovery(self.collections, self.journal)
        self.repeats = Repeats(self.collections, self.journal, self.recovery)
        self._connection = connection
        self._lease = lease
        self._lock = Lock()
        self._searchable: bool | None = None
        self._recovered = 0.0
        self._keeper: Thread | None = None
        self._ended = Event()

    def entries(self) -> Entries:
        """Return the entries, once the schema was seen to be there.

        Raises:
            SchemaMismatch: it is not, or it is newer than this library can serve.
        """
        if self._searchable is None:
            with MAPPED:
                if missing(self.collections):
                    raise SchemaMismatch(
                        "MongoDB: this database has not the schema of activitylog, or an older one: run "
                        "`activitylog migrate --store URL` or log.migrate()"
                    )
                self._searchable = is_searchable(self.collections)
                self._recover()
        return Entries(self.collections, self.journal, self._searchable)

    def within(self, session: ClientSession) -> Entries:
        """Return the entries as they are in a session."""
        collections = evolve(self.collections, session=session)
        journal = evolve(self.journal, collections=collections)
        return evolve(self.entries(), collections=collections, journal=journal)

    @property
    def client(self) -> MongoClient[Any]:
        """The client whose sessions can be joined."""
        return self._connection.database().client

    def look_again(self) -> None:
        """Ask for the schema anew."""
        self._searchable = None

    def before_batch(self) -> None:
        """See to what others left, if that was not done lately, and to what may be left from now on."""
        if monotonic() - self._recovered > self._lease:
            self._recover()
        with self._lock:
            if self._keeper is None or not self._keeper.is_alive():
                self._ended = Event()
                self._keeper = Thread(target=self._keep, args=(self._ended,), name="activitylog-batches", daemon=True)
                self._keeper.start()

    def close(self) -> None:
        """End the thread that looks after batches."""
        with self._lock:
            self._ended.set()
            if self._keeper is not None:
                self._keeper.join()
                self._keeper = None

    def _recover(self) -> None:
        self._recovered = monotonic()
        with suppress(PyMongoError):  # who reads and writes need not wait for it, and the next round comes
            self.recovery.run()

    def _keep(self, ended: Event) -> None:
        while not ended.wait(self._lease / _ROUNDS):
            with suppress(PyMongoError):
                self.journal.renew()
            if monotonic() - self._recovered > self._lease:
                self._recover()


class Store:
    """A store in whatever process it is used."""

    def __init__(self, connection: Connection, lease: float) -> None:
        self._connection = connection
        self._lease = lease
        self._processes: dict[int, Process] = {}

    @property
    def process(self) -> Process:
        """What this process knows of the store."""
        here = os.getpid()
        if found := self._processes.get(here):
            return found
        with MAPPED:
            # no lock: a process that was forked while it was held would wait for it for ever
            return self._processes.setdefault(here, Process(self._connection, self._lease))

    def close(self) -> None:
        """End what this process has of its own; the store may be used again."""
        process = self._processes.pop(os.getpid(), None)
        if process is not None:
            process.close()
        self._connection.close()
