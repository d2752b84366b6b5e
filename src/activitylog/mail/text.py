"""Text out of mail as it really is: broken charsets, raw 8-bit headers, encoded words, HTML."""

from __future__ import annotations

import binascii
import codecs
import re
from hashlib import sha256
from html import unescape
from quopri import decodestring
from typing import Final

from activitylog.limits import IDENTIFIER

__all__ = ["decoded", "header_text", "identifier", "plain_text", "raw_text", "storable"]

_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
_ENCODED_WORD: Final = re.compile(r"=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS: Final = re.compile(r"(\?=)\s+(?==\?[^?\s]+\?[bBqQ]\?)")
_MARKUP: Final = re.compile(
    r"<(script|style|head|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)", re.IGNORECASE | re.DOTALL
)
_MEANT: Final = {
    "ascii": ("ascii", "utf-8", "cp1252", "latin-1"),
    "big5": ("big5hkscs",),
    "euc_kr": ("cp949",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "iso2022_jp": ("iso2022_jp", "euc_jp", "cp932"),
    "iso8859-1": ("cp1252", "latin-1"),
    "shift_jis": ("cp932",),
}
"""What senders mean who name the charset, likeliest first."""
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"})


def storable(text: str) -> str:
    """Return the text with what no store keeps (NUL, lone surrogates) shown as the replacement character."""
    return _UNSTORABLE.sub("\ufffd", text)


def decoded(raw: bytes, charset: str = "") -> str:
    """Return the bytes as text: by the charset that is named, or is meant by its name, else as UTF-8; never fails."""
    named = _known(charset)
    candidates = (*_MEANT.get(named, (named,)), "utf-8")
    for candidate in candidates:
        try:
            return storable(raw.decode(candidate))
        except ValueError:
            continue
    return storable(raw.decode(candidates[0], errors="replace"))


def _known(charset: str) -> str:
    """Return Python's name of a charset; what it does not know may be anything, like plain ASCII."""
    try:
        name = codecs.lookup(charset).name
        b"text".decode(name, errors="replace")  # codecs such as base64 are none of text
    except (LookupError, ValueError):
        return "ascii"
    return "ascii" if name.replace("-", "_") in _NO_CHARSETS else name


def header_text(value: str, charset: str = "") -> str:
    """Return a header's value as text on one line; ``charset`` as for ``raw_text``."""
    value = _BETWEEN_WORDS.sub(r"\1", " ".join(raw_text(value, charset).split()))
    return storable(" ".join(_words_decoded(value).split()))


def raw_text(value: str, charset: str) -> str:
    """Return a header's raw value with its 8-bit bytes and escape sequences read by ``charset``, the body's own."""
    if value.isascii() and "\x1b" not in value:
        return value
    try:
        return decoded(value.encode("ascii", "surrogateescape"), charset)
    except UnicodeEncodeError:  # text already, not what a parser made of bytes
        return value


def _words_decoded(value: str) -> str:
    parts: list[str] = []
    pending, pending_charset, end = b"", "", 0
    for word in _ENCODED_WORD.finditer(value):
        raw, charset = _word_bytes(word[2], word[3]), word[1].lower()
        if word.start() != end or charset != pending_charset:  # a character may be split between two words
            parts += decoded(pending, pending_charset), value[end : word.start()]
            pending = b""
        pending, pending_charset, end = pending + raw, charset, word.end()
    return "".join([*parts, decoded(pending, pending_charset), value[end:]])


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode(errors="replace")
    if encoding in "qQ":
        return decodestring(raw, header=True)
    try:
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4)) or raw
    except binascii.Error:
        return raw


def plain_text(html: str) -> str:
    """Return what a person reads of an HTML text."""
    return storable(unescape(_MARKUP.sub(" ", html)))


def identifier(text: str, limit: int = IDENTIFIER) -> str:
    """Return the text if it is short enough to be an id, else its beginning with a digest of the whole."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    digest = sha256(raw).hexdigest()[:32]
    return f"{raw[: limit - len(digest) - 1].decode(errors='ignore')}#{digest}"
