from django.contrib import admin
from django.urls import include, path

from django_adapter.crm import views

urlpatterns = [
    path("activity/", include("activitylog_django.urls")),
    path("admin/", admin.site.urls),
    path("record/", views.record),
    path("record-later/", views.record_later),
    path("mine/", views.mine),
    path("bare/", views.bare),
    path("fail/", views.fail),
    path("api/", views.Api.as_view()),
    path("contacts/<int:id>/", views.page),
]
