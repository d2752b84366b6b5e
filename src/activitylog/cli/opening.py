"""Which log a command works on."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from activitylog.errors import InvalidInput
from activitylog.log import ActivityLog
from activitylog.scope import scope
from activitylog.standard import types

__all__ = ["opened"]


@contextmanager
def opened(arguments: Namespace) -> Iterator[ActivityLog]:
    """Give the log that ``--store`` or ``--log`` names, in the scope of ``--tenant`` and ``--language``.

    A log of ``--store`` is closed afterwards; the host's own is the host's.
    """
    log = ActivityLog(arguments.store, types=types) if arguments.store else _of_host(arguments.log)
    try:
        with scope(tenant=arguments.tenant, language=arguments.language):
            yield log
    finally:
        if arguments.store:
            log.close()


def _of_host(path: str) -> ActivityLog:
    module, colon, name = path.partition(":")
    if not (module and colon and name):
        raise InvalidInput("log", f"{path!r} is not of the form module:name, such as shop.activities:log")
    sys.path.insert(0, "")  # as `python -m` does: modules of the working directory
    try:
        found = import_module(module)
    except ImportError as error:
        raise InvalidInput("log", f"{module!r} cannot be imported: {error}") from error
    for part in name.split("."):
        found = getattr(found, part, None)  # type: ignore[assignment] # any object on the way
    if not isinstance(found, ActivityLog):
        raise InvalidInput("log", f"{path!r} is {type(found).__name__}, an ActivityLog is expected")
    return found
