"""The view that answers what the timeline component's links, forms and scripts ask."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from activitylog_django.component import asked_by, component, response_to
from activitylog_django.log import get_log, site
from activitylog_html import Answer

__all__ = ["answer"]

_FORM_BYTES: Final = 1_000_000
"""What a form may hold beside its files."""


@csrf_exempt
@never_cache
def answer(request: Any, path: str) -> Any:
    """Answer; what is too large is refused before anything of it is read."""
    if _length(request) > site().configuration.upload_max + _FORM_BYTES:
        refused = Answer(status=413, body="This is too large: choose smaller files.", media_type="text/plain")
        return response_to(request, refused)
    return _answered(request, path)


@csrf_protect
def _answered(request: Any, path: str) -> Any:
    told = component().answer(get_log(request), path, asked_by(request), tz=timezone.get_current_timezone())
    return response_to(request, told)


def _length(request: Any) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
