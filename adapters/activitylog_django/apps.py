"""The Django app."""

from __future__ import annotations

from importlib.resources import files

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy

__all__ = ["ActivityLogConfig"]


class ActivityLogConfig(AppConfig):
    """``"activitylog_django"`` in ``INSTALLED_APPS``."""

    name = "activitylog_django"
    label = "activitylog"
    verbose_name = gettext_lazy("Activity log")
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        """Register the checks, and make the files of the timeline component known to ``staticfiles``."""
        from activitylog_django import checks  # noqa: F401 -- registers them

        component = ("activitylog", str(files("activitylog_html") / "static"))
        if component not in settings.STATICFILES_DIRS:
            settings.STATICFILES_DIRS = [*settings.STATICFILES_DIRS, component]
