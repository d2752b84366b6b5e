"""The URLs of the timeline component: ``path("activity/", include("activitylog_django.urls"))``."""

from __future__ import annotations

from django.urls import re_path

from activitylog_django.views import answer

__all__ = ["app_name", "urlpatterns"]

app_name = "activitylog"
urlpatterns = [re_path(r"^(?P<path>.*)$", answer, name="answer")]
