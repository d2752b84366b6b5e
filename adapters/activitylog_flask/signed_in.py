"""Who is signed in, by Flask-Login where an app has it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import inspect

from activitylog import Actor, HasRef, Ref, Viewer
from activitylog.errors import InvalidInput
from activitylog_flask.refs import ref_of

__all__ = ["has_login", "signed_in_actor", "signed_in_viewer"]


def has_login(app: Flask) -> bool:
    """Tell whether the app has Flask-Login."""
    return hasattr(app, "login_manager")


def signed_in_actor() -> Actor:
    """Return the user who is signed in, or somebody anonymous."""
    user = _user()
    return Actor.anonymous() if user is None else Actor.user(_ref(user))


def signed_in_viewer() -> Viewer:
    """Return the user who is signed in; who is not, is no colleague and sees nothing."""
    user = _user()
    return Viewer(internal=False) if user is None else Viewer(_ref(user))


def _user() -> Any:
    from flask_login import current_user  # type: ignore[import-untyped] # the app has it

    return current_user._get_current_object() if current_user and current_user.is_authenticated else None  # noqa: SLF001


def _ref(user: Any) -> Ref:
    """Return the ref of a user: its own, that of its table, or ``user:<get_id()>``."""
    if isinstance(user, HasRef) or inspect(user, raiseerr=False) is not None:
        return ref_of(user)
    found = user.get_id()
    if found is None:
        raise InvalidInput("actor", f"the {type(user).__name__} who is signed in has no id: define get_id()")
    return Ref("user", found)
