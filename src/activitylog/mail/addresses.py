"""Addresses out of headers, also of malformed ones, the same on every version of Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from attrs import field, frozen

from activitylog.mail.text import header_text, raw_text

__all__ = ["Address", "addresses"]

_TOKEN: Final = re.compile(
    r'"((?:[^"\\]|\\.)*)(?:"|\\?\Z)|\(([^()]*)\)?|<([^<>]*)>?|([,;:])|([^",;:<>()]+)|.', re.DOTALL
)


@frozen
class Address:
    """A mail address in lower case, and the name that stood with it; only the address takes part in equality."""

    address: str
    name: str = field(default="", eq=False)


def addresses(value: str, charset: str = "") -> list[Address]:
    """Return the addresses of one header's raw value, in its order, each once.

    A group's name is left out; an entry without ``@`` is taken as it stands, so that nobody is lost.
    """
    found = dict.fromkeys(filter(None, (_address(*parts) for parts in _entries(raw_text(value, charset)))))
    return list(found)


def _entries(value: str) -> Iterator[tuple[str, str, str]]:
    """Give, for each entry, what stands in angle brackets, outside, and in comments."""
    angle, outside, comment = "", "", ""
    for token in _TOKEN.finditer(value):
        quoted, remark, bracketed, mark, plain = token.groups()
        if mark == ":":
            outside = ""
        elif mark:
            yield angle, outside, comment
            angle, outside, comment = "", "", ""
        elif bracketed is not None:
            angle = angle or bracketed.strip()
        elif remark is not None:
            comment = remark
        else:
            outside += re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain or ""
    yield angle, outside, comment


def _address(angle: str, outside: str, comment: str) -> Address | None:
    if angle:
        return Address(header_text(angle).lower(), header_text(outside or comment))
    words = header_text(outside).split()
    address = next((word for word in words if "@" in word), " ".join(words))
    if not address:
        return None
    name = " ".join(word for word in words if word != address) if "@" in address else ""
    return Address(address.lower(), name or header_text(comment))
