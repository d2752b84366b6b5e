"""What a client did wrong, and what cannot be done now: as an answer with the right status."""

from __future__ import annotations

import logging
from typing import Final

import orjson

from activitylog.errors import (
    ActivityLogError,
    ActivityNotFound,
    IdempotencyConflict,
    Immutable,
    InvalidCursor,
    InvalidInput,
    NotAllowed,
    OnHold,
    Refused,
    StaleVersion,
    StorageError,
    TransitionNotAllowed,
    UnknownType,
)
from activitylog_html.exchange import Answer, Asked
from activitylog_html.manual import TooLarge
from activitylog_html.rendering import rendered
from activitylog_html.settings import Settings
from activitylog_html.speech import Speech
from activitylog_html.tokens import BadToken
from activitylog_html.view import FRAGMENT, back_of

__all__ = ["POSSIBLE", "NoSuchPage", "WrongMethod", "problem"]

_logger = logging.getLogger("activitylog")


class NoSuchPage(LookupError):
    """The component has no such URL."""


class WrongMethod(ValueError):
    """The URL is not asked like this; ``allowed`` says how."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(", ".join(allowed))
        self.allowed = allowed


_STATUS: Final[dict[type[Exception], int]] = {
    BadToken: 404,
    NoSuchPage: 404,
    ActivityNotFound: 404,
    WrongMethod: 405,
    TooLarge: 413,
    InvalidInput: 400,
    InvalidCursor: 400,
    UnknownType: 400,
    TransitionNotAllowed: 409,
    NotAllowed: 403,
    Refused: 403,
    StaleVersion: 409,
    Immutable: 409,
    IdempotencyConflict: 409,
    OnHold: 409,
    StorageError: 503,
}
"""The first that fits."""

POSSIBLE: Final = (BadToken, NoSuchPage, WrongMethod, ActivityLogError)
"""What is answered; everything else is an error of the program, and the host's to know."""


def problem(settings: Settings, speech: Speech, asked: Asked, error: Exception, *, json: bool = False) -> Answer:
    """Return the answer to a request that could not be fulfilled.

    Raises:
        Exception: the error itself, where it is none of the client's, nor of a store that cannot be reached.
    """
    status = next((status for kind, status in _STATUS.items() if isinstance(error, kind)), None)
    if status is None:
        raise error
    if status == 503:
        _logger.error("a timeline could not be shown", exc_info=error)
    text = speech.text(f"problem.{status}", size=speech.size(settings.upload_max))
    headers = {"Allow": ", ".join(error.allowed)} if isinstance(error, WrongMethod) else {}
    if json or "application/json" in asked.headers.get("accept", ""):
        told = {"status": status, "error": text, "field": getattr(error, "field", None)}
        return Answer(status=status, body=orjson.dumps(told), media_type="application/json", headers=headers)
    template = "problem.html" if FRAGMENT in asked.headers else "problem_page.html"
    body = rendered(template, settings, speech, text=text, title=text, back=back_of(asked))
    return Answer(status=status, body=str(body), media_type="text/html; charset=utf-8", headers=headers)
