"""The digest of an entry's content: whether a repeated idempotency key, or id, means the same activity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

import orjson

__all__ = ["content_digest"]


def content_digest(
    type: str,
    subjects: Sequence[str],
    source: str,
    texts: tuple[str, str],
    data: object,
    changes: object,
    times: tuple[datetime | None, datetime | None, datetime | None],
) -> str:
    """Return the digest of what was given: no id, actor, context, label or defaulted time takes part.

    ``times`` are occurred, ended and due, None where none was given; the order of subjects and of data's keys does
    not matter.
    """
    content = [type, sorted(subjects), source, texts, data, changes, times]
    return blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
