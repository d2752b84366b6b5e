"""Filters of the site's templates."""

from __future__ import annotations

from typing import Any

from django.template import Library
from django.utils.translation import gettext

register = Library()


@register.filter
def initials(name: Any) -> str:
    return "".join(word[0] for word in str(name).split()[:2])


@register.filter
def translated(text: Any) -> str:
    """Give what is not written in a template, such as the name of a team, in the language of the request."""
    return gettext(str(text))
