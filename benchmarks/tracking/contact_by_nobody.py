"""A contact that nobody watches."""

from __future__ import annotations

from contextlib import nullcontext

from benchmarks.host.models import Contact as TrackedContact

__all__ = ["TrackedContact", "install"]

install = nullcontext
