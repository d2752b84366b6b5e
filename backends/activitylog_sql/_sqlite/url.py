"""From a URL to connections of our own; URLs are read as SQLAlchemy reads them, which is not loaded for that."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, unquote

from activitylog.errors import InvalidInput
from activitylog_sql._options import PATIENCE, number
from activitylog_sql._sqlite.connections import Connections, FileConnections, MemoryConnection

__all__ = ["connections_of"]

_URL: Final = re.compile(
    r"sqlite(?:\+[\w+]*)?://(?P<host>[^/?]*)(?:/(?P<path>[^?]*))?(?:\?(?P<options>.*))?", re.DOTALL
)
_SYNCHRONOUS: Final = ("FULL", "NORMAL", "OFF", "EXTRA")


def connections_of(url: str) -> Connections | None:
    """Return the connections to a database in a file or in memory, or None where the URL is of another product.

    Raises:
        InvalidInput: the path or an option is not understood.
    """
    found = _URL.fullmatch(url)
    if found is None:
        return None
    if found["host"]:
        raise InvalidInput(
            "store", "sqlite:/// has three slashes before a relative path, and four before an absolute one"
        )
    patience, synchronous = _options(found["options"] or "")
    path = unquote(found["path"] or "")
    return MemoryConnection() if path in {"", ":memory:"} else FileConnections(path, patience, synchronous)


def _options(given: str) -> tuple[float, str]:
    options = {name: values[0] if len(values) == 1 else values for name, values in parse_qs(given).items()}
    patience = number("timeout", options.pop("timeout", None), PATIENCE, least=0, most=3600)
    synchronous = str(options.pop("synchronous", "FULL")).upper()
    if synchronous not in _SYNCHRONOUS:
        raise InvalidInput("store", f"synchronous is one of {', '.join(_SYNCHRONOUS)}")
    if options:
        raise InvalidInput(
            "store", f"there is no option {', '.join(sorted(options))}: there are timeout and synchronous"
        )
    return patience, synchronous
