"""A contact that the library watches."""

from __future__ import annotations

from contextlib import AbstractContextManager

from activitylog import scope
from activitylog_django import track
from benchmarks.facts import LEA
from benchmarks.host.models import BaseContact

__all__ = ["TrackedContact", "install"]


@track()
class TrackedContact(BaseContact):
    """Changes are recorded by the decorator."""

    class Meta:
        app_label = "host"


def install() -> AbstractContextManager[object]:
    """Say who saves."""
    return scope(actor=LEA)
