"""Which log a command works on."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

from activitylog.errors import InvalidInput
from activitylog.log import ActivityLog
from activitylog.scope import scope
from activitylog.standard import types

__all__ = ["opened"]

_OWN: Final = (
    "a store does not know what your own types say of personal fields and of ages, nor where the files are: "
    "name your log by --log MODULE:NAME"
)


@contextmanager
def opened(arguments: Namespace, *, reading: bool = False, own: bool = False) -> Iterator[ActivityLog]:
    """Give the log that ``--store`` or ``--log`` names, in the scope of ``--tenant`` and ``--language``.

    A log of ``--store`` is closed afterwards; the host's own is the host's. What only reads does not create a file.
    What needs all types, and the files, is to be had of the host's ``own`` log only.
    """
    if own and arguments.store:
        raise InvalidInput("store", _OWN)
    if reading and arguments.store:
        _check_there(arguments.store)
    log = ActivityLog(arguments.store, types=types) if arguments.store else _of_host(arguments.log)
    try:
        with scope(tenant=arguments.tenant, language=arguments.language):
            yield log
    finally:
        if arguments.store:
            log.close()


def _check_there(url: str) -> None:
    scheme, _, rest = url.partition(":///")
    path = rest.partition("?")[0]
    if scheme.partition("+")[0] == "sqlite" and path not in ("", ":memory:") and not Path(path).exists():
        raise InvalidInput("store", f"there is no file {path}; check the path")


def _of_host(path: str) -> ActivityLog:
    module, colon, name = path.partition(":")
    if not (module and colon and name):
        raise InvalidInput("log", f"{path!r} is not of the form module:name, such as shop.activities:log")
    sys.path.insert(0, "")  # as `python -m` does: modules of the working directory
    try:
        found = import_module(module)
    except ImportError as error:
        raise InvalidInput("log", f"{module!r} cannot be imported: {error}") from error
    except Exception as error:
        raise InvalidInput("log", f"{module!r} failed while it was imported ({type(error).__name__})") from error
    for part in name.split("."):
        found = getattr(found, part, None)  # type: ignore[assignment] # any object on the way
    if not isinstance(found, ActivityLog):
        raise InvalidInput("log", f"{path!r} is a {type(found).__name__}; an ActivityLog is expected")
    return found
