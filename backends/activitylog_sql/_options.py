"""Options of a URL."""

from __future__ import annotations

from typing import Final

from activitylog.errors import InvalidInput

__all__ = ["PATIENCE", "number"]

PATIENCE: Final = 30.0
"""Seconds to wait for another writer, or for a connection, where the URL says nothing."""


def number(name: str, given: object, otherwise: float, *, least: float, most: float) -> float:
    """Return what is given for an option, or, where that is None, what it is otherwise.

    Raises:
        InvalidInput: it is no number, or one out of bounds.
    """
    try:
        found = otherwise if given is None else float(str(given))
    except ValueError:
        found = least - 1
    if not least <= found <= most:
        raise InvalidInput("store", f"{name} is a number from {least} to {most}")
    return found
