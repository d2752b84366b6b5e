"""The middleware that makes a request known to the log."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

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
                return await get_response(request)

        return answered_async

    def answered(request: Any) -> Any:
        with within(request):
            return get_response(request)

    return answered
