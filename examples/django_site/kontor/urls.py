"""The site's URLs: the pages of the app, the admin, and those of the timelines."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

admin.site.site_header = admin.site.site_title = "Kontor"

urlpatterns = [
    path("", include("crm.urls")),
    path("activity/", include("activitylog_django.urls")),
    path("admin/", admin.site.urls),
    path("favicon.ico", login_not_required(RedirectView.as_view(url=static("mark.svg")))),
    path("language", login_not_required(set_language), name="set_language"),
]
