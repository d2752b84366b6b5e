"""The collections of a store, as one caller reaches them: within a session, or without."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from activitylog_mongo._codec import CODEC, Stored

__all__ = ["ENTRIES", "UNANSWERED", "UNFORCED", "Collections", "collections_of"]

_PREFIX: Final = "activitylog_"
ENTRIES: Final = f"{_PREFIX}entries"

UNFORCED: Final = WriteConcern(w=1)
"""For writes that need not outlive the server: they are made again, or count only once one that is forced follows."""
UNANSWERED: Final = WriteConcern(w=0)
"""For writes that nobody waits for: whatever they have not done is done later by whoever cleans up."""


@frozen
class Collections:
    """The collections, and the session in which they are used (None: in none)."""

    entries: Collection[Stored]
    versions: Collection[Stored]
    documents: Collection[Stored]
    batches: Collection[Stored]
    schema: Collection[Stored]
    session: ClientSession | None = None


def collections_of(database: Database[Any]) -> Collections:
    """Return the collections of a database, with its write concern, read from where they are written."""
    ours: Database[Stored] = database.with_options(codec_options=CODEC, read_preference=ReadPreference.PRIMARY)
    return Collections(
        ours[ENTRIES],
        ours[f"{_PREFIX}versions"],
        ours[f"{_PREFIX}documents"],
        ours[f"{_PREFIX}batches"],
        ours[f"{_PREFIX}schema"],
    )
