"""``{% load activitylog %}``: timelines on the host's pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.template import Library
from django.utils import timezone

from activitylog_django.component import asked_by, component
from activitylog_django.links import at_hand
from activitylog_django.log import get_log
from activitylog_django.refs import ref_of

__all__ = ["activity_timeline", "register"]

register = Library()


@register.simple_tag(takes_context=True)
def activity_timeline(context: Any, *things: Any, form: bool = True) -> Any:
    """Show the timeline of objects, or without any of everything: ``{% activity_timeline customer %}``.

    It is limited to what the request's viewer may see. ``form=False`` leaves out the form for manual entries.

    Raises:
        ImproperlyConfigured: the template was given no request, or the URLs are not included.
    """
    request = context.get("request")
    if request is None:
        raise ImproperlyConfigured(
            "{% activity_timeline %} needs the request: render by render(request, …) with the context processor "
            "django.template.context_processors.request"
        )
    with at_hand(things):
        return component().render(
            get_log(request),
            *map(ref_of, things),
            asked=asked_by(request),
            tz=timezone.get_current_timezone(),
            form=form,
        )
