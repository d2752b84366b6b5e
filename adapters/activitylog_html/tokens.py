"""Signed names of timelines: what a page was rendered for, so that a browser asks for no other."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import orjson
from attrs import frozen

from activitylog import Ref
from activitylog.errors import InvalidInput

__all__ = ["BadToken", "Named", "Tokens"]

_MAC_BYTES: Final = 16
_PURPOSE: Final = b"activitylog_html: "


class BadToken(ValueError):
    """The token is cut, forged, or was made with another secret, or for another tenant."""


@frozen(kw_only=True)
class Named:
    """What a token names.

    Attributes:
        tenant: whose timeline it is.
        subjects: of whom, as ``"kind:id"``; empty for everything of the tenant.
        language, tz: in which it was rendered, where the host said so; else empty.
        writes: whether people may record entries there.
    """

    tenant: str
    subjects: tuple[str, ...]
    language: str = ""
    tz: str = ""
    writes: bool = True


class Tokens:
    """Writes and reads what the component signs, with the host's secret.

    Raises:
        InvalidInput: the secret is none.
    """

    def __init__(self, secret: str | bytes) -> None:
        if not secret or not isinstance(secret, str | bytes):
            raise InvalidInput("secret", "a text or bytes are expected, and not empty ones")
        self._key = hmac.digest(secret.encode() if isinstance(secret, str) else secret, _PURPOSE, "sha256")

    def token(self, named: Named) -> str:
        """Return the token of a timeline, which is safe in a path."""
        return self._signed(b"timeline", [named.tenant, named.subjects, named.language, named.tz, named.writes])

    def named(self, token: str) -> Named:
        """Return what a token names.

        Raises:
            BadToken: it is cut or forged.
        """
        tenant, subjects, language, tz, writes = self._read(b"timeline", token)
        return Named(tenant=tenant, subjects=tuple(subjects), language=language, tz=tz, writes=writes)

    def labels(self, subjects: Sequence[Ref]) -> str:
        """Return what a form says of the subjects of its entry, so that their names need not be in any URL."""
        return self._signed(b"labels", [[ref.kind, ref.id, ref.label] for ref in subjects])

    def labelled(self, signed: str) -> tuple[Ref, ...]:
        """Return the subjects that ``labels`` was given.

        Raises:
            BadToken: it is cut or forged.
        """
        return tuple(Ref(kind, id, label) for kind, id, label in self._read(b"labels", signed))

    def _signed(self, purpose: bytes, value: Any) -> str:
        payload = orjson.dumps(value)
        return urlsafe_b64encode(self._mac(purpose, payload) + payload).rstrip(b"=").decode()

    def _read(self, purpose: bytes, token: str) -> Any:
        raw = b""
        with suppress(Base64Error, ValueError):
            raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        # Base64 has several texts for the same bytes; only the one that was given is good.
        same = urlsafe_b64encode(raw).rstrip(b"=") == token.encode(errors="replace")
        if not same or not hmac.compare_digest(mac, self._mac(purpose, payload)):
            raise BadToken
        return orjson.loads(payload)

    def _mac(self, purpose: bytes, payload: bytes) -> bytes:
        return hmac.digest(self._key, purpose + b"\0" + payload, "sha256")[:_MAC_BYTES]
