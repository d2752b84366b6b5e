"""A contact that django-auditlog watches."""

from __future__ import annotations

from contextlib import AbstractContextManager

from auditlog.context import set_actor
from auditlog.registry import auditlog
from django.contrib.auth.models import User

from benchmarks.host.models import BaseContact

__all__ = ["TrackedContact", "install"]


class TrackedContact(BaseContact):
    """Changes are logged by its signals."""

    class Meta:
        app_label = "host"


auditlog.register(TrackedContact)


def install() -> AbstractContextManager[object]:
    """Say who saves."""
    return set_actor(User.objects.create(username="lea"))
