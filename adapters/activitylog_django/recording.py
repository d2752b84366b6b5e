"""How drafts of tracked models are recorded: with their data, or after its commit where the log lies elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Final

from attrs import field, frozen
from django.db import connections, transaction

from activitylog import Draft, Ref, signals
from activitylog.errors import ActivityLogError
from activitylog_django.belonging import Above, above, known_parents, remembering
from activitylog_django.log import site
from activitylog_django.requests import ambient

__all__ = ["batched", "belonging", "record", "together"]

_logger: Final = logging.getLogger("activitylog")
_NOTHING: Final[Above] = MappingProxyType({})
_ANYWAY: Final = nullcontext()


@frozen
class _Batch:
    """What is recorded together, with what is known of those that are gone."""

    using: str
    drafts: list[Draft] = field(factory=list)
    above: dict[Ref, Iterable[Any]] = field(factory=dict)


_batch: Final[ContextVar[_Batch | None]] = ContextVar("activitylog_django_batch", default=None)


def together(using: str) -> AbstractContextManager[Any]:
    """Have data and its entries live and die together, where they lie in one database.

    Within a transaction of the host's they do so anyway: an error that the host catches there must not end it.
    """
    if _is_inside(using) and not connections[using].in_atomic_block:
        atomic: AbstractContextManager[Any] = transaction.atomic(using=using)
        return atomic
    return _ANYWAY


@contextmanager
def batched(using: str) -> Iterator[None]:
    """Record what comes up within by one call, at the end."""
    if _open(using) is not None:
        yield
        return
    outer, batch = _batch.get(), _Batch(using)
    _batch.set(batch)
    try:
        with together(using):
            yield
            _batch.set(outer)
            record(batch.drafts, using, batch.above)
    finally:
        _batch.set(outer)


def belonging(subjects: Callable[[], Iterable[Ref]], using: str) -> Above:
    """Return to whom subjects belong that are about to be deleted; nobody is asked who is asked already."""
    parents = site().configuration.parents
    if parents is None:
        return _NOTHING
    batch = _open(using)
    with known_parents(_NOTHING if batch is None else batch.above):
        found = above(remembering(parents), subjects())
    if batch is not None:
        batch.above.update(found)
    return found


def record(drafts: Sequence[Draft], using: str, known: Above = _NOTHING) -> None:
    """Record what happened to data in a database; ``known`` are those that it belonged to, and may do so no more.

    Where the log lies elsewhere that is done after the commit, and ``signals.lost`` is sent where it fails then.
    """
    if not drafts:
        return
    batch = _open(using)
    if batch is not None:
        batch.drafts.extend(drafts)
        return
    found = site()
    if found.alias == using:
        try:
            with known_parents(known) if found.configuration.parents else _ANYWAY:
                found.log.record_many(drafts)
        except BaseException:
            if _is_inside(using) and connections[using].in_atomic_block:
                transaction.set_rollback(True, using=using)  # the data is written already
            raise
        return
    around = ambient(found.configuration)

    def later() -> None:
        try:
            with around, known_parents(known):
                found.log.record_many(drafts)
        except ActivityLogError as error:
            _logger.error("the data is committed; not recorded: %d entries (%s)", len(drafts), type(error).__name__)  # noqa: TRY400
            signals.lost.send(found.log, drafts=tuple(drafts), error=error)

    transaction.on_commit(later, using=using)


def _open(using: str) -> _Batch | None:
    batch = _batch.get()
    return batch if batch is not None and batch.using == using else None


def _is_inside(using: str) -> bool:
    found = site()
    return found.inside and found.alias == using
