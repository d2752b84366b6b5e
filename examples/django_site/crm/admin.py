"""The admin: objects with their timelines, beside the list of all activities that comes with the log."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from activitylog_django.admin import TimelineMixin
from crm.models import Company, Contact, Invoice


@admin.register(Company)
class CompanyAdmin(TimelineMixin, admin.ModelAdmin):
    list_display = ("name", "city")
    search_fields = ("name", "city")


@admin.register(Contact)
class ContactAdmin(TimelineMixin, admin.ModelAdmin):
    list_display = ("name", "company", "city", "team")
    list_filter = ("team",)
    list_select_related = ("company", "team")
    search_fields = ("name", "email", "city")

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        return ("team",) if obj else ()  # what is recorded of a contact belongs to the team of that time


@admin.register(Invoice)
class InvoiceAdmin(TimelineMixin, admin.ModelAdmin):
    """To be looked at: invoices are issued and paid on the site's pages, which record it."""

    list_display = ("number", "contact", "purpose", "total", "paid")
    list_filter = ("paid",)
    list_select_related = ("contact",)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
