"""Signals: what a log tells the host's program. Each is a blinker signal, and its sender is the base log.

``recording`` comes before: receivers get ``drafts`` and may raise ``Refused``. All others come once per committed
unit, after the commit, with ``activities`` (``lost``: with ``drafts`` and ``error``; ``erased``: with the ``report``,
which names nobody but the pseudonym). A receiver that fails is logged; the others still run, and nothing that is stored
is undone.
"""

from __future__ import annotations

import logging
from inspect import isawaitable, iscoroutine
from typing import Any

from blinker import NamedSignal, Namespace

from activitylog.errors import Refused

__all__ = ["deleted", "edited", "erased", "handled", "lost", "recorded", "recording", "restored", "transitioned"]

_logger = logging.getLogger("activitylog")
_namespace = Namespace()

recording = _namespace.signal("activitylog.recording", "Before drafts are recorded; raise Refused to veto. (drafts)")
recorded = _namespace.signal("activitylog.recorded", "Activities were recorded. (activities)")
edited = _namespace.signal("activitylog.edited", "Manual activities were edited. (activities)")
deleted = _namespace.signal("activitylog.deleted", "Manual activities were deleted. (activities)")
restored = _namespace.signal("activitylog.restored", "Deleted activities were restored. (activities)")
transitioned = _namespace.signal("activitylog.transitioned", "Activities changed their status. (activities)")
handled = _namespace.signal("activitylog.handled", "Activities were shared, tagged, pinned and so on. (activities)")
erased = _namespace.signal("activitylog.erased", "A person was erased. (report)")
lost = _namespace.signal("activitylog.lost", "Drafts could not be recorded. (drafts, error)")


def refuse_awaitable(returned: Any) -> None:
    """Raise where a function was asynchronous: nobody would ever run it.

    Raises:
        TypeError: it was.
    """
    if isawaitable(returned):
        if iscoroutine(returned):
            returned.close()
        raise TypeError("an asynchronous function was connected; connect a plain one that starts a task")


def send(signal: NamedSignal, sender: Any, **payload: Any) -> None:
    """Call every receiver; one that fails is logged by its name and its error's class, and stops nothing.

    Raises:
        Refused: a receiver of ``recording`` raised it.
    """
    if not signal.receivers:
        return
    for receiver in signal.receivers_for(sender):
        try:
            returned = receiver(sender, **payload)
            if returned is not None:
                refuse_awaitable(returned)
        except Exception as error:
            if signal is recording and isinstance(error, Refused):
                raise
            name = getattr(receiver, "__qualname__", type(receiver).__qualname__)
            _logger.error("receiver %s of %s failed: %s", name, signal.name, type(error).__name__)  # noqa: TRY400
