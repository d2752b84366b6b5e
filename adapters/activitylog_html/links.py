"""Links: what the host's resolvers say of all that a page names, and which URLs a page may hold."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from attrs import frozen

from activitylog import Activity, ActivityLog, Link, Ref
from activitylog.errors import StorageError
from activitylog_html.arguments import HALF, PREFIX, Arguments

__all__ = ["Address", "Links", "local_url", "safe_url", "with_parameter"]

_logger: Final = logging.getLogger("activitylog")
_UNSEEN: Final = re.compile(r"[\x00-\x20\x7f]")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SAFE: Final = frozenset({"http", "https", "mailto"})
_PLAIN: Final = "!#$%&'()*+,/:;=?@[]~"
"""Beside letters and digits what a URL has as it is."""
ANCHOR: Final = "#al-timeline"


def safe_url(url: object) -> str:
    """Return a URL that a link may have: relative, or of http, https or mailto; else an empty text."""
    if not isinstance(url, str):
        return ""
    # Browsers take control characters out of a URL before they look at its scheme.
    scheme = _SCHEME.match(_UNSEEN.sub("", url))
    return url if scheme is None or scheme[1].lower() in _SAFE else ""


def local_url(url: str) -> str:
    """Return a URL, as a header can hold it, if it is a path of this site with a query perhaps; else an empty text."""
    if not url.startswith("/") or url.startswith(("//", "/\\")) or _UNSEEN.search(url) or "\\" in url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else quote(HALF.sub("\ufffd", url), safe=_PLAIN)


def with_parameter(url: str, name: str, value: str) -> str:
    """Return a local URL with one parameter more."""
    page, hash, anchor = url.partition("#")
    path, _, query = page.partition("?")
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return f"{path}?{urlencode([*pairs, (name, value)])}{hash}{anchor}"


class Links:
    """The present labels and URLs of all that a page names; each resolver is asked once.

    Where one fails the page has the labels at the time and no links: entries are worth more than links to them.
    """

    def __init__(self, log: ActivityLog, things: Iterable[Activity | Ref]) -> None:
        listed = tuple(things)
        try:
            self._found = _safe(log.resolve(listed)) if listed else {}
        except StorageError:
            raise
        except Exception as error:
            # What the error says may name people.
            _logger.error("a page has no links: a resolver failed (%s, %s)", type(error).__name__, _place(error))  # noqa: TRY400
            self._found = {}

    def of(self, ref: Ref) -> Link:
        """Return how a ref is shown; without a URL where the host knows none that is safe."""
        return self._found.get(ref) or Link(ref.label or str(ref))


def _safe(found: Mapping[Ref, Link]) -> Mapping[Ref, Link]:
    return {ref: Link(str(link.label), safe_url(link.url)) for ref, link in found.items()}


def _place(error: Exception) -> str:
    """Return the line that raised an error."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


@frozen
class Address:
    """The page on which a timeline is shown: links to it keep the host's own parameters."""

    path: str
    others: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, url: str) -> Address:
        """Return the page of a local URL."""
        path, _, query = url.partition("#")[0].partition("?")
        others = parse_qsl(query, keep_blank_values=True)
        return cls(path, tuple((name, value) for name, value in others if not name.startswith(PREFIX)))

    def to(self, arguments: Arguments) -> str:
        """Return the link to the page with these arguments."""
        query = urlencode([*self.others, *arguments.pairs()])
        return f"{self.path}{'?' if query else ''}{query}{ANCHOR}"
