"""The store on MongoDB: one entry is one document, which a person with a Mongo shell can read."""

from __future__ import annotations

from activitylog_mongo._opening import open_storage
from activitylog_mongo._storage import MongoStorage

__all__ = ["MongoStorage", "open_storage"]
