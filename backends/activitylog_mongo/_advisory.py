"""One process at a time: a lock that is a document, and that runs out if its holder is not heard of any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import sleep
from typing import Final
from uuid import UUID, uuid4

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from activitylog_mongo._codec import Stored

__all__ = ["advisory_lock"]

_LOCK: Final = "lock"
_LEASE: Final = 15.0
_PAUSE: Final = 0.1


@contextmanager
def advisory_lock(collection: Collection[Stored]) -> Iterator[None]:
    """Hold the lock of a collection, kept alive by a thread for as long as the block runs."""
    holder, ended = uuid4(), Event()
    while not _taken(collection, holder):
        sleep(_PAUSE)

    def keep() -> None:
        while not ended.wait(_LEASE / 3):
            with suppress(PyMongoError):  # whoever comes next does what is not done yet, and may do it once more
                _taken(collection, holder)

    keeper = Thread(target=keep, name="activitylog-lock", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()
        with suppress(PyMongoError):
            collection.delete_one({"_id": _LOCK, "holder": holder})


def _taken(collection: Collection[Stored], holder: UUID) -> bool:
    # what is not there is less than any date
    free = {"$or": [{"$eq": ["$holder", holder]}, {"$lt": ["$until", "$$NOW"]}]}
    until = {"$add": ["$$NOW", round(_LEASE * 1000)]}
    kept = {"holder": {"$cond": [free, holder, "$holder"]}, "until": {"$cond": [free, until, "$until"]}}
    with suppress(DuplicateKeyError):  # two were the first at once
        line = collection.find_one_and_update(
            {"_id": _LOCK}, [{"$set": kept}], upsert=True, return_document=ReturnDocument.AFTER
        )
        return line is not None and bool(line["holder"] == holder)
    return False
