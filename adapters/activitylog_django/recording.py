"""How drafts of tracked models are recorded: with their data, or after its commit where the log lies elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from django.db import transaction

from activitylog import Draft
from activitylog_django.log import site
from activitylog_django.requests import ambient

__all__ = ["batched", "record", "together"]

_batch: Final[ContextVar[tuple[str, list[Draft]] | None]] = ContextVar("activitylog_django_batch", default=None)


@contextmanager
def together(using: str) -> Iterator[None]:
    """Have data and its entries live and die together, where they lie in one database."""
    found = site()
    if found.inside and found.alias == using:
        with transaction.atomic(using=using, savepoint=False):
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
    """Record what happened to data in a database."""
    open = _batch.get()
    if open is not None and open[0] == using:
        open[1].extend(drafts)
        return
    found = site()
    if not drafts:
        return
    if found.alias == using:
        found.log.record_many(drafts)
        return
    around = ambient(found.configuration)

    def later() -> None:
        with around:
            found.log.record_many(drafts)

    transaction.on_commit(later, using=using)
