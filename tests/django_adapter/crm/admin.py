from django.contrib import admin

from activitylog_django.admin import TimelineMixin
from django_adapter.crm.models import Contact


@admin.register(Contact)
class ContactAdmin(TimelineMixin, admin.ModelAdmin):
    fields = ("name", "city")
