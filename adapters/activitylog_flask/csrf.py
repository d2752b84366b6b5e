"""Against forged forms: Flask-WTF's protection where the app has it, else a token in the session."""

from __future__ import annotations

from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final

from flask import abort, current_app, request, session
from markupsafe import Markup

__all__ = ["check_form", "hidden_field"]

_NAME: Final = "activitylog_csrf"
_FIELD: Final = Markup('<input type="hidden" name="{}" value="{}">')


def hidden_field() -> Markup:
    """Return the field that each form needs."""
    if "csrf" in current_app.extensions:
        from flask_wtf.csrf import generate_csrf  # type: ignore[import-untyped] # the app has it

        return _FIELD.format(current_app.config["WTF_CSRF_FIELD_NAME"], generate_csrf())
    if _NAME not in session:
        session[_NAME] = token_urlsafe(32)
    return _FIELD.format(_NAME, session[_NAME])


def check_form() -> None:
    """Abort with 400 where a form was not made for this session."""
    protection = current_app.extensions.get("csrf")
    if protection is not None:
        if current_app.config["WTF_CSRF_ENABLED"]:
            protection.protect()
        return
    known, given = session.get(_NAME, ""), request.form.get(_NAME, "")
    if not known or not compare_digest(known.encode(), given.encode()):
        abort(400, "This form is too old, or was not made here: go back, load the page again, and send it once more.")
