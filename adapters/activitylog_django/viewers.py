"""Who is asking, where the host does not say it otherwise."""

from __future__ import annotations

from typing import Any, Final

from activitylog import ActivityLog, Viewer
from activitylog_django.configuration import Configuration, wrong
from activitylog_django.refs import ref_of
from activitylog_django.requests import user_of

__all__ = ["viewer_of"]

_ATTRIBUTE: Final = "_activitylog_viewer"


def viewer_of(request: Any, log: ActivityLog, configuration: Configuration) -> Viewer:
    """Return the viewer of a request: by the host's function, else its user with groups and permissions.

    A superuser is unlimited. Somebody who is not signed in is no colleague, and sees nothing.

    Raises:
        ImproperlyConfigured: the host's function gave no ``Viewer``.
    """
    if configuration.viewer is not None:
        found = configuration.viewer(request)
        if not isinstance(found, Viewer):
            raise wrong("VIEWER", f"the function gave a {type(found).__name__}, and not a Viewer")
        return found
    user = user_of(request)
    if user is None or not user.is_active:
        return Viewer(internal=False)
    if user.is_superuser:
        return Viewer.unlimited()
    # Kept with the user, as Django keeps the permissions there: whoever signs in is another object.
    known: Viewer | None = getattr(user, _ATTRIBUTE, None)
    if known is None:
        known = _of_user(user, permissions=_matter(log, configuration))
        setattr(user, _ATTRIBUTE, known)
    return known


def _matter(log: ActivityLog, configuration: Configuration) -> bool:
    """Tell whether anything asks for permissions: to read them takes two queries."""
    return configuration.policy is not None or any(declared.permission for declared in log.types)


def _of_user(user: Any, *, permissions: bool) -> Viewer:
    groups = list(user.groups.all()) if hasattr(user, "groups") else []
    principals = [ref_of(user), *map(ref_of, groups), *(f"team:{group.name}" for group in groups)]
    return Viewer(principals, permissions=user.get_all_permissions() if permissions else ())
