"""Rendering: the templates, which escape everything that is put into them."""

from __future__ import annotations

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from activitylog_html.icons import DRAWINGS
from activitylog_html.settings import Settings
from activitylog_html.speech import Speech

__all__ = ["rendered"]

_TEMPLATES: Final = Environment(
    loader=PackageLoader("activitylog_html"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def rendered(template: str, settings: Settings, speech: Speech, **values: Any) -> Markup:
    """Return a template filled with values, which are escaped; it speaks, and knows where static files are."""
    text = _TEMPLATES.get_template(template).render(
        static=settings.static, icons=DRAWINGS, t=speech.text, speech=speech, **values
    )
    return Markup(text)  # noqa: S704 -- what the templates give is escaped
