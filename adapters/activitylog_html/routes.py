"""The URLs beneath the prefix: which of them shows or does what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import evolve

from activitylog import ActivityLog, scope
from activitylog_html import actions, pages
from activitylog_html.downloads import download
from activitylog_html.exchange import Answer, Asked
from activitylog_html.problems import POSSIBLE, NoSuchPage, WrongMethod, problem
from activitylog_html.settings import Settings
from activitylog_html.speech import Speech, zone
from activitylog_html.view import View, back_of, view_of

__all__ = ["answered"]

_ID: Final = "([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
_Handler = Callable[..., Answer]

_ROUTES: Final[Mapping[str, Mapping[str, _Handler]]] = {
    "": {"GET": pages.timeline},
    "entries[.]json": {"GET": pages.json},
    "live": {"GET": pages.live},
    "record": {"GET": actions.record_form, "POST": actions.record},
    f"entries/{_ID}/history": {"GET": pages.history},
    f"entries/{_ID}/edit": {"GET": actions.edit_form, "POST": actions.edit},
    f"entries/{_ID}/status": {"POST": actions.set_status},
    f"entries/{_ID}/delete": {"POST": actions.delete},
    f"entries/{_ID}/restore": {"POST": actions.restore},
    f"files/{_ID}/{_ID}": {"GET": download},
}
"""By what follows the token of a timeline: what is done, by method."""

_ALWAYS: Final = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


def answered(settings: Settings, log: ActivityLog, path: str, asked: Asked, tz: Any) -> Answer:
    """Return the answer to a request; nothing that a client does wrong is raised."""
    token, _, rest = path.partition("/")
    asked = evolve(asked, method="GET") if asked.method == "HEAD" else asked
    speech = Speech.of("en", settings.tz)
    try:
        speech = Speech.of(log.everything().language, settings.tz)
        named = settings.tokens.named(token)
        with scope(language=named.language or None):
            view = view_of(
                settings, log, named, asked=asked, tz=zone(named.tz or tz or settings.tz), back=back_of(asked)
            )
            speech = view.speech
            answer = _handled(view, rest)
    except POSSIBLE as error:
        answer = problem(settings, speech, asked, error, json=rest.endswith(".json"))
    return evolve(answer, headers={**_ALWAYS, **answer.headers})


def _handled(view: View, rest: str) -> Answer:
    for pattern, handlers in _ROUTES.items():
        if found := re.fullmatch(pattern, rest):
            if view.asked.method not in handlers:
                raise WrongMethod(tuple(handlers))
            return handlers[view.asked.method](view, *found.groups())
    raise NoSuchPage
