"""The middleware that makes a request known to the log."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from inspect import iscoroutinefunction
from typing import Any, Final

from django.http import FileResponse
from django.utils.decorators import sync_and_async_middleware

from activitylog_django.requests import within

__all__ = ["activity_log_middleware"]


@sync_and_async_middleware
def activity_log_middleware(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Let what is recorded and read within a request know its user, tenant, language and facts.

    The user is asked for when something is recorded, so that it may stand above whatever signs people in.
    """
    if iscoroutinefunction(get_response):

        async def answered_async(request: Any) -> Any:
            with within(request):
                return _kept(request, await get_response(request))

        return answered_async

    def answered(request: Any) -> Any:
        with within(request):
            return _kept(request, get_response(request))

    return answered


def _kept(request: Any, response: Any) -> Any:
    """Let a body that is made while it is sent know the request too; files are not made."""
    if response.streaming and not isinstance(response, FileResponse):
        steps = _steps_async if response.is_async else _steps
        response.streaming_content = steps(request, response.streaming_content)
    return response


def _steps(request: Any, content: Iterable[Any]) -> Iterator[Any]:
    steps = iter(content)
    while True:
        with within(request):
            step = next(steps, _END)
        if step is _END:
            return
        yield step


async def _steps_async(request: Any, content: AsyncIterable[Any]) -> AsyncIterator[Any]:
    steps = aiter(content)
    try:
        while True:
            with within(request):
                step = await anext(steps, _END)
            if step is _END:
                return
            yield step
    finally:
        if hasattr(steps, "aclose"):
            await steps.aclose()


_END: Final = object()
