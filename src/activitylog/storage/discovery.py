"""From a URL, or an engine of the host's, to a store: by entry points, imported when asked."""

from __future__ import annotations

import re
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from activitylog.errors import ActivityLogError, InvalidInput, MissingExtra
from activitylog.storage.port import Storage

__all__ = ["open_storage"]

GROUP: Final = "activitylog.storages"
"""The entry-point group: a URL's scheme, or the package of a host's handle, to a function that opens it."""

_SCHEME: Final = re.compile(r"([a-z][a-z0-9.-]*)(?:\+[a-z0-9_.-]+)?:", re.IGNORECASE)


def open_storage(source: Any) -> Storage:
    """Return the store of a URL (``sqlite:///crm.db``, ``memory://``), of a host's engine, or the store given.

    Nothing is connected or created yet: that happens when the store is first used.

    Raises:
        InvalidInput: it is none of these, or no store, or more than one, serves it.
        MissingExtra: its driver is not installed.
    """
    if isinstance(source, Storage):
        return source
    name = _name(source)
    opened = _loaded(_entry_point(name), name)(source)
    if not isinstance(opened, Storage):
        raise InvalidInput("store", f"what serves {name!r} gave a {type(opened).__name__}, which is no Storage")
    return opened


def _name(source: Any) -> str:
    if isinstance(source, str):
        scheme = _SCHEME.match(source)
        if scheme is None:
            raise InvalidInput("store", "a URL such as 'sqlite:///crm.db' or 'memory://' is expected")
        return scheme[1].lower()
    return type(source).__module__.partition(".")[0]


def _entry_point(name: str) -> EntryPoint:
    found = list(entry_points(group=GROUP, name=name))
    if len({point.value for point in found}) > 1:
        owners = " and ".join(sorted({point.dist.name if point.dist else point.value for point in found}))
        raise InvalidInput("store", f"{name!r} is claimed by {owners}; uninstall one, or give a Storage")
    if found:
        return found[0]
    known = ", ".join(sorted(entry_points(group=GROUP).names))
    raise InvalidInput(
        "store",
        f"no store that serves {name!r} is installed; there are those for {known}. Give a URL such as "
        "'sqlite:///crm.db', an Engine of SQLAlchemy, a Database of pymongo, or a Storage",
    )


def _loaded(point: EntryPoint, name: str) -> Any:
    try:
        return point.load()
    except ActivityLogError:
        raise
    except ImportError as error:
        raise MissingExtra(name, f"a store on {name}") from error
