"""A contact that django-pghistory watches: by a trigger, and without a context, so without who saves."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pghistory
import pgtrigger

from benchmarks.host.models import BaseContact

__all__ = ["TrackedContact", "install"]


@pghistory.track()
class TrackedContact(BaseContact):
    """Inserts and updates leave a whole row as an event."""

    class Meta:
        app_label = "host"


def install() -> AbstractContextManager[None]:
    """Install the triggers."""
    pgtrigger.install()
    return nullcontext()
