"""How drafts of tracked models are recorded: with their data, or after its commit where the log lies elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from django.db import connections, transaction

from activitylog import Draft, signals
from activitylog.errors import ActivityLogError
from activitylog_django.log import site
from activitylog_django.requests import ambient

__all__ = ["batched", "record", "together"]

_logger: Final = logging.getLogger("activitylog")
_batch: Final[ContextVar[tuple[str, list[Draft]] | None]] = ContextVar("activitylog_django_batch", default=None)


@contextmanager
def together(using: str) -> Iterator[None]:
    """Have data and its entries live and die together, where they lie in one database.

    Within a transaction of the host's they do so anyway: an error that the host catches there must not end it.
    """
    if _is_inside(using) and not connections[using].in_atomic_block:
        with transaction.atomic(using=using):
            yield
    else:
        yield


@contextmanager
def batched(using: str) -> Iterator[None]:
    """Record what comes up within by one call, at the end."""
    open = _batch.get()
    if open is not None and open[0] == using:
        yield
        return
    drafts: list[Draft] = []
    _batch.set((using, drafts))
    try:
        with together(using):
            yield
            _batch.set(open)
            record(drafts, using)
    finally:
        _batch.set(open)


def record(drafts: Sequence[Draft], using: str) -> None:
    """Record what happened to data in a database.

    Where the log lies elsewhere that is done after the commit, and ``signals.lost`` is sent where it fails then.
    """
    open = _batch.get()
    if open is not None and open[0] == using:
        open[1].extend(drafts)
        return
    found = site()
    if not drafts:
        return
    if found.alias == using:
        try:
            found.log.record_many(drafts)
        except BaseException:
            if _is_inside(using) and connections[using].in_atomic_block:
                transaction.set_rollback(True, using=using)  # the data is written already
            raise
        return
    around = ambient(found.configuration)

    def later() -> None:
        try:
            with around:
                found.log.record_many(drafts)
        except ActivityLogError as error:
            _logger.error("the data is committed; not recorded: %d entries (%s)", len(drafts), type(error).__name__)  # noqa: TRY400
            signals.lost.send(found.log, drafts=tuple(drafts), error=error)

    transaction.on_commit(later, using=using)


def _is_inside(using: str) -> bool:
    found = site()
    return found.inside and found.alias == using
