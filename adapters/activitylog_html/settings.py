"""What the component is made with, checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from activitylog.errors import InvalidInput
from activitylog_html.speech import zone
from activitylog_html.tokens import Tokens

if TYPE_CHECKING:
    from activitylog_html.live import LiveFeed

__all__ = ["Settings"]

PAGE_MAX = 200


def _prefix(given: Any) -> str:
    if not isinstance(given, str) or not given.endswith("/"):
        raise InvalidInput("prefix", "the URL under which answer() is mounted is expected, with a slash at its end")
    return given


def _function(given: Any) -> Callable[[str], str]:
    if not callable(given):
        raise InvalidInput(
            "static", f"a function from a file's name to its URL is expected, not {type(given).__name__}"
        )
    found: Callable[[str], str] = given
    return found


def _whole(name: str, least: int, most: int) -> Any:
    def checked(given: Any) -> int:
        if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
            raise InvalidInput(name, f"a whole number from {least:,} to {most:,} is expected")
        return given

    return field(converter=checked)


def _window(given: Any) -> timedelta:
    if not isinstance(given, timedelta) or given < timedelta():
        raise InvalidInput("fold", "a timedelta that is not negative is expected")
    return given


@frozen(kw_only=True)
class Settings:
    """What the component is made with; each is told at ``TimelineComponent``.

    Raises:
        InvalidInput: one does not fit.
    """

    prefix: str = field(converter=_prefix)
    tokens: Tokens
    static: Callable[[str], str] = field(converter=_function)
    tz: tzinfo = field(converter=zone)
    page_size: int = _whole("page_size", 1, PAGE_MAX)
    fold: timedelta = field(converter=_window)
    upload_max: int = _whole("upload_max", 0, 10**12)
    live: LiveFeed | None
