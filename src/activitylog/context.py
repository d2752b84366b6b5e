"""The facts of the request or job in which something was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from attrs import asdict, field, frozen

from activitylog.limits import COMMENT, IDENTIFIER, checked_text

__all__ = ["Context"]


def _text(name: str, limit: int) -> Any:
    return field(default="", converter=lambda value: checked_text(f"context.{name}", value, limit))


@frozen(kw_only=True)
class Context:
    """From where it was done.

    ``origin`` is ``web``, ``api``, ``job``, ``import`` or a word of the host's; ``ip``, ``user_agent``,
    ``request_id`` and ``correlation_id`` as the host knows them. All are texts, empty by default.

    Raises:
        InvalidInput: a value is no text or too long (255 bytes; the user agent 2,000).
    """

    origin: str = _text("origin", IDENTIFIER)
    ip: str = _text("ip", IDENTIFIER)
    user_agent: str = _text("user_agent", COMMENT)
    request_id: str = _text("request_id", IDENTIFIER)
    correlation_id: str = _text("correlation_id", IDENTIFIER)

    def to_dict(self) -> dict[str, str]:
        """Return the values that are not empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> Context:
        """Return the context that ``to_dict`` gave."""
        return cls(**values)

    def to_json(self) -> str:
        """Return the values as JSON text, empty where there are none."""
        values = self.to_dict()
        return orjson.dumps(values).decode() if values else ""

    @classmethod
    def from_json(cls, text: str) -> Context:
        """Return the context that ``to_json`` gave."""
        return cls(**orjson.loads(text)) if text else cls()
