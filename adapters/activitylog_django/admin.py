"""The admin: the timeline on the pages of a model's objects, and a list of all activities."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst

from activitylog_django.models import Entry

__all__ = ["ActivityAdmin", "TimelineMixin"]


class TimelineMixin:
    """Shows the timeline of an object below its form and on its history, in a ``ModelAdmin``.

    The pages are those that the ``ModelAdmin`` has without it, with templates of the host's own.
    """

    def render_change_form(self, *given: Any, **named: Any) -> Any:
        """Give the page of an object's form, with its timeline."""
        return _below(super().render_change_form(*given, **named), "original")  # type: ignore[misc]

    def history_view(self, *given: Any, **named: Any) -> Any:
        """Give the page of an object's history, with its timeline."""
        return _below(super().history_view(*given, **named), "object")  # type: ignore[misc]


def _below(response: Any, name: str) -> Any:
    """Put the timeline of what the page calls ``name`` below it; an answer that is no page stays as it is."""
    if isinstance(response, TemplateResponse):
        shown = response.context_data or {}
        page = response.resolve_template(response.template_name)
        response.context_data = {**shown, "activity_page": page, "activity_subject": shown.get(name)}
        response.template_name = "activitylog/admin/object.html"
    return response


@admin.register(Entry)
class ActivityAdmin(admin.ModelAdmin):
    """All activities of the tenant that the user may see, with filters and search, in whichever store they are."""

    def changelist_view(self, request: Any, extra_context: Any = None) -> Any:
        """Show the timeline of everything.

        Raises:
            PermissionDenied: the user may not view activities.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(self.opts.verbose_name_plural),
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "activitylog/admin/activities.html", context)

    def get_urls(self) -> list[Any]:
        """Give the list only: pages of single rows would be read by the ORM, and pass by the log."""
        return [path("", self.admin_site.admin_view(self.changelist_view), name="activitylog_entry_changelist")]

    def has_add_permission(self, request: Any) -> bool:
        """Say no: activities are recorded."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Say no: the timeline has its own forms for what may be changed."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Say no."""
        return False
