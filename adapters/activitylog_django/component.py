"""The timeline component on Django: its requests, its responses, and where it is mounted."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.db import connections
from django.http import HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from activitylog.errors import InvalidInput
from activitylog_django.configuration import SETTING, wrong
from activitylog_django.log import secret, site
from activitylog_html import Answer, Asked, LiveFeed, TimelineComponent, Upload

__all__ = ["asked_by", "component", "prefix", "response_to"]

_OFTEN: Final = timedelta(seconds=1)
_SELDOM: Final = timedelta(seconds=20)
"""How often the store is asked where other processes say that there is something."""
_HIDDEN: Final = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'


def component() -> TimelineComponent:
    """Return the timeline component, as it is mounted for the request of now.

    Raises:
        ImproperlyConfigured: its URLs are not included.
    """
    return _mounted(prefix())


def prefix() -> str:
    """Return the URL under which the component is mounted.

    Raises:
        ImproperlyConfigured: its URLs are not included.
    """
    try:
        found: str = reverse("activitylog:answer", args=[""])
    except NoReverseMatch as error:
        raise ImproperlyConfigured(
            'the URLs of the timeline are not there: add path("activity/", include("activitylog_django.urls"))'
        ) from error
    return found


def asked_by(request: Any) -> Asked:
    """Return what a request of Django's says."""
    posted = request.method == "POST"
    return Asked(
        method=request.method,
        url=request.get_full_path(),
        query=dict(request.GET.lists()),
        form=dict(request.POST.lists()) if posted else {},
        files={name: [_upload(file) for file in files] for name, files in request.FILES.lists()} if posted else {},
        headers={name.lower(): value for name, value in request.headers.items()},
        csrf=format_html(_HIDDEN, get_token(request)),
    )


def response_to(request: Any, answer: Answer) -> HttpResponse | StreamingHttpResponse:
    """Return an answer as a response of Django's."""
    body: Any = answer.body
    if isinstance(body, str | bytes):
        response = HttpResponse(body, status=answer.status)
    else:
        # Under ASGI a stream that can wait without a thread does.
        asynchronous = hasattr(request, "scope") and hasattr(body, "__aiter__")
        response = StreamingHttpResponse(_Asynchronous(body) if asynchronous else body, status=answer.status)
    text = answer.media_type.startswith("text/") and "charset" not in answer.media_type
    response["Content-Type"] = f"{answer.media_type}; charset=utf-8" if text else answer.media_type
    for name, value in answer.headers.items():
        response[name] = value
    return response


@lru_cache(maxsize=64)
def _mounted(at: str) -> TimelineComponent:
    configuration = site().configuration
    try:
        return TimelineComponent(
            prefix=at,
            secret=secret("component"),
            static=_static,
            tz=configuration.tz,
            page_size=configuration.page_size,
            upload_max=configuration.upload_max,
            live=_feed(),
        )
    except InvalidInput as error:
        raise wrong(error.field.upper(), error.reason) from error


@lru_cache(maxsize=1)
def _feed() -> LiveFeed | None:
    """Return what feeds the streams of this process; its threads keep no connection of Django's."""
    found = site()
    if not found.configuration.live:
        return None
    feed = LiveFeed(found.log, interval=_SELDOM if found.notices else _OFTEN, release=_release)
    if found.notices is not None:
        found.notices.listen(feed.wake)
    return feed


def _release() -> None:
    """Close the connections of this thread, but for those within a transaction: such as in a ``TestCase``."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


class _Asynchronous:
    """A body that is iterated asynchronously only, where Django would take the other way."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def __aiter__(self) -> Any:
        return aiter(self._body)

    def close(self) -> None:
        """Give back what the body holds."""
        self._body.close()


def _static(name: str) -> str:
    found: str = static(f"activitylog/{name}")
    return found


def _upload(file: Any) -> Upload:
    return Upload(name=file.name, media_type=file.content_type or "", stream=file)


def _forget(*, setting: str, **_: Any) -> None:
    if setting in (SETTING, "DATABASE_ROUTERS", "SECRET_KEY"):
        feed = _feed() if _feed.cache_info().currsize else None
        if feed is not None:
            feed.close()
        _feed.cache_clear()
        _mounted.cache_clear()


setting_changed.connect(_forget, dispatch_uid="activitylog.component")
