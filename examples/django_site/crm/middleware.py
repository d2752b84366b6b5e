"""What goes with each request."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse

View = Callable[[HttpRequest], HttpResponse]

_user: ContextVar[Any] = ContextVar("user", default=None)


def nothing_from_elsewhere(get_response: View) -> View:
    def answered(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
        return response

    return answered


def who_is_asking(get_response: View) -> View:
    """Let receivers of signals know who is signed in: they are given no request."""

    def answered(request: HttpRequest) -> HttpResponse:
        token = _user.set(request.user)
        try:
            return get_response(request)
        finally:
            _user.reset(token)

    return answered


def user_of_now() -> Any:
    """Return who is signed in, or None where nobody is, as in a command."""
    user = _user.get()
    return user if user is not None and user.is_authenticated else None
