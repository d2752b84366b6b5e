"""From a URL, or a database of the host's, to a store."""

from __future__ import annotations

import warnings
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from activitylog.errors import InvalidInput
from activitylog.storage import Storage
from activitylog_mongo._connection import Hosted, Owned
from activitylog_mongo._process import Store
from activitylog_mongo._storage import MongoStorage

__all__ = ["open_storage"]

_LEASE_OPTION: Final = "activityloglease"
_LEASE: Final = 10.0
_DEFAULTS: Final[dict[str, Any]] = {"serverSelectionTimeoutMS": 5_000, "journal": True}
_ALIASES: Final = {"j": "journal"}


def open_storage(source: str | Database[Any]) -> Storage:
    """Open the store in a MongoDB database; nothing is connected before the first call.

    A URL can carry all of the driver's own options (``maxPoolSize``, ``tls``, ``authSource``, …), and
    ``activitylogLease=``: for how many seconds the writer of a batch need not be heard of before others undo it (10).
    Unless the URL says otherwise, writes are confirmed by the journal (``journal=true``), on a replica set by that of
    the majority (``w=majority``), and a server is looked for during 5 seconds (``serverSelectionTimeoutMS``).

    Args:
        source: ``mongodb://host/database?…``, ``mongodb+srv://…``; or a ``pymongo.database.Database`` of the host's,
            whose client is shared, with its write concern, and is never closed.

    Raises:
        InvalidInput: the URL is not understood, or names no database.
    """
    if isinstance(source, Database):
        return MongoStorage(Store(Hosted(source), _LEASE))
    if not isinstance(source, str):
        raise InvalidInput(
            "store", f"a {type(source).__name__} is no store: give a URL, or a Database such as client['crm']"
        )
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
    given = {_ALIASES.get(option.lower(), option.lower()): value for option, value in kept}
    defaults = {name: value for name, value in _DEFAULTS.items() if name.lower() not in given}
    if given.get("w") == "0":
        defaults.pop("journal", None)
    url = f"{scheme}://{hosts}/{name}?{urlencode(kept)}"
    if scheme != "mongodb+srv":  # whose options need a look into the DNS
        _check(url, unquote(name), [option for option, _ in kept])
    return MongoStorage(Store(Owned(url, unquote(name), defaults, majority="w" not in given), lease))


def _check(url: str, name: str, options: list[str]) -> None:
    """See that the driver takes the URL, without its messages, which may quote it with its password."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", module="pymongo")  # it would leave out what it does not understand
            with MongoClient[Any](url, connect=False) as client:
                client.get_database(name)
    except UserWarning as warning:
        blamed = [option for option in options if option.lower() in str(warning).lower()]
        raise InvalidInput("store", f"the driver does not know an option or its value: check {blamed[0]}") from None
    except (PyMongoError, ValueError, TypeError) as error:
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
