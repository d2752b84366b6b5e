"""A contact that django-simple-history watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from django.contrib.auth.models import User
from simple_history.models import HistoricalRecords

from benchmarks.host.models import BaseContact

__all__ = ["TrackedContact", "install"]


class TrackedContact(BaseContact):
    """Each save leaves a whole row in its history."""

    history = HistoricalRecords()

    class Meta:
        app_label = "host"


@contextmanager
def install() -> Iterator[None]:
    """Say who saves, as the package's middleware does."""
    HistoricalRecords.context.request = SimpleNamespace(user=User.objects.create(username="lea"))
    yield
    del HistoricalRecords.context.request
