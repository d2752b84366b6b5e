"""From a URL, or a database of the host's, to a store."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidName, InvalidURI

from activitylog.errors import InvalidInput
from activitylog.storage import Storage
from activitylog_mongo._connection import Connection, Hosted, Owned
from activitylog_mongo._process import Store
from activitylog_mongo._storage import MongoStorage

__all__ = ["open_storage"]

_LEASE_OPTION: Final = "activityloglease"
_LEASE: Final = 10.0
_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "serverselectiontimeoutms": {"serverSelectionTimeoutMS": 5_000},
    "w": {"w": "majority"},
    "journal": {"journal": True},
}
_ALIASES: Final = {"j": "journal"}


def open_storage(source: str | Database[Any]) -> Storage:
    """Open the store in a MongoDB database; nothing is connected before the first call.

    A URL can carry all of the driver's own options (``maxPoolSize``, ``tls``, ``authSource``, …), and
    ``activitylogLease=``: for how many seconds the writer of a batch need not be heard of before others undo it (10).
    Unless the URL says otherwise, writes are confirmed by the majority and by the journal (``w=majority``,
    ``journal=true``), and a server is looked for during 5 seconds (``serverSelectionTimeoutMS``).

    Args:
        source: ``mongodb://host/database?…``, ``mongodb+srv://…``; or a ``pymongo.database.Database`` of the host's,
            whose client is shared, with its write concern, and is never closed.

    Raises:
        InvalidInput: the URL is not understood, or names no database.
    """
    if isinstance(source, Database):
        return MongoStorage(Store(Hosted(source), _LEASE))
    scheme, separator, rest = source.partition("://")
    hosts, _, path = rest.partition("/")
    name, _, query = path.partition("?")
    if not separator or not hosts:
        raise InvalidInput("store", "this is no URL: write mongodb://host/database")
    if not name:
        raise InvalidInput("store", "the URL has to name a database: mongodb://host/database")
    options = parse_qsl(query, keep_blank_values=True)
    lease = _seconds([value for option, value in options if option.lower() == _LEASE_OPTION])
    kept = [(option, value) for option, value in options if option.lower() != _LEASE_OPTION]
    url = f"{scheme}://{hosts}/{name}?{urlencode(kept)}"
    return MongoStorage(Store(_owned(url, unquote(name), {option.lower() for option, _ in kept}), lease))


def _owned(url: str, name: str, given: set[str]) -> Connection:
    given = {_ALIASES.get(option, option) for option in given}
    defaults = {name: value for option, one in _DEFAULTS.items() if option not in given for name, value in one.items()}
    if "0" in url.rpartition("w=")[2][:1]:
        defaults.pop("journal", None)
    if not url.startswith("mongodb+srv:"):  # whose options need a look into the DNS
        _check(url, defaults)
    return Owned(url, name, defaults)


def _check(url: str, options: dict[str, Any]) -> None:
    try:
        MongoClient(url, connect=False, **options).close()
    except (InvalidURI, ConfigurationError, InvalidName, ValueError, TypeError) as error:
        # the driver's message may quote the URL, with its password
        kind = type(error).__name__
        raise InvalidInput("store", f"the URL is not as MongoDB's driver expects it ({kind})") from None


def _seconds(given: list[str]) -> float:
    try:
        seconds = float(given[-1]) if given else _LEASE
    except ValueError:
        seconds = -1.0
    if not 0.1 <= seconds <= 3600:
        raise InvalidInput("store", "activitylogLease is a number of seconds from 0.1 to 3600")
    return seconds
