"""Page tokens: a position in one timeline, opaque and authenticated."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import orjson
from attrs import field, frozen

from activitylog.errors import InvalidCursor, InvalidInput, NotAllowed, StaleVersion, StorageError
from activitylog.storage import Document, Position, Storage

__all__ = ["Cursors", "Keys"]

KEY: Final = "key"
"""The kind of the document that holds a tenant's key; its name is ``cursor``."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MAC_BYTES: Final = 12
_BYTES: Final = 8 + 16 + _MAC_BYTES


class Keys:
    """The keys that authenticate tokens: the host's one, else one per tenant that is kept in the store."""

    def __init__(self, given: str | bytes | None = None) -> None:
        if given is not None and (not given or not isinstance(given, str | bytes)):
            raise InvalidInput("cursor_key", "a text or bytes are expected, and not empty ones")
        self._given = given.encode() if isinstance(given, str) else given
        self._known: dict[str, bytes] = {}
        self._uncommitted: set[str] = set()
        """Tenants whose key was made in a transaction that may be rolled back."""

    def of(self, store: Storage, tenant: str) -> bytes:
        """Return the key of a tenant, making it when it is first needed."""
        found = self._given or self._known.get(tenant)
        if found is None:
            found = _stored(store, tenant)
            if found is None:
                self._uncommitted.add(tenant)
                found = _made(store, tenant)
            self._remember(store, tenant, found)
        return found

    def _remember(self, store: Storage, tenant: str, key: bytes) -> None:
        if tenant not in self._uncommitted:
            self._known[tenant] = key
            return

        def committed() -> None:
            self._uncommitted.discard(tenant)
            self._known[tenant] = key

        store.after_commit(committed)


def _stored(store: Storage, tenant: str) -> bytes | None:
    for document in store.documents(tenant, KEY, names=["cursor"], limit=1):
        if document.body is not None:
            return bytes.fromhex(orjson.loads(document.body)["hex"])
    return None


def _made(store: Storage, tenant: str) -> bytes:
    key = secrets.token_bytes(32)
    try:
        body = orjson.dumps({"hex": key.hex()}).decode()
        store.put_document(Document(tenant, KEY, "cursor", body), expected_version=0)
    except StaleVersion:
        return _stored(store, tenant) or key
    except (StorageError, NotAllowed):
        # A store that cannot be written now can still be paged through: with a key of this process.
        return key
    return key


@frozen
class Cursors:
    """Writes and reads the tokens of one timeline: they name its tenant, its subjects as asked, and its order."""

    key: bytes = field(repr=False)
    tenant: str
    subjects: Sequence[str]
    order: str

    def token(self, position: Position) -> str:
        """Return the token of a position."""
        at = (position.at - _EPOCH) // _MILLISECOND
        payload = at.to_bytes(8, "big", signed=True) + position.id.bytes
        return urlsafe_b64encode(payload + self._mac(payload)).decode()

    def position(self, token: str) -> Position:
        """Return the position of a token.

        Raises:
            InvalidCursor: it is cut, forged, or of another timeline.
        """
        raw = b""
        with suppress(Base64Error, ValueError, AttributeError, UnicodeEncodeError):
            raw = urlsafe_b64decode(token.encode("ascii"))
        payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        exact = len(raw) == _BYTES and urlsafe_b64encode(raw).decode() == token
        if not exact or not hmac.compare_digest(mac, self._mac(payload)):
            raise InvalidCursor("this page token is cut, or was made for another timeline; start from the first page")
        at = _EPOCH + int.from_bytes(payload[:8], "big", signed=True) * _MILLISECOND
        return Position(at, UUID(bytes=payload[8:]))

    def _mac(self, payload: bytes) -> bytes:
        bound = orjson.dumps([self.tenant, sorted(self.subjects), self.order])
        return hmac.digest(self.key, bound + payload, "sha256")[:_MAC_BYTES]
