"""Where the errors of a driver and of SQLAlchemy become ours."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import TracebackType

from activitylog.errors import StorageError, StorageUnavailable

__all__ = ["Mapped", "Translate"]

Translate = Callable[[BaseException, str], StorageError]
"""From an error of the driver's, and the name of the database for people, to ours."""


class Mapped:
    """A context that raises a driver's error as ours, with the driver's own as the cause; usable again and again."""

    def __init__(self, name: str, driver: type[Exception], translate: Translate) -> None:
        self.name = name
        self._driver = driver
        self._translate = translate

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and (isinstance(error, self._driver) or _is_of_sqlalchemy(error)):
            raise self.translated(error) from error

    def translated(self, error: BaseException) -> StorageError:
        """Return the error that is raised in the place of the driver's."""
        cause = getattr(error, "orig", None) or error
        if _is_of_sqlalchemy(cause, "TimeoutError"):
            return StorageUnavailable(f"{self.name}: all connections of the pool are in use", retry=True)
        return self._translate(cause, self.name)


def _is_of_sqlalchemy(error: BaseException, kind: str = "SQLAlchemyError") -> bool:
    """Tell whether it is an error of SQLAlchemy's, which raises none unless somebody has loaded it."""
    return "sqlalchemy.exc" in sys.modules and isinstance(error, getattr(import_module("sqlalchemy.exc"), kind))
